import type { JobPorts } from '../../core/domain/backend.js';
import type { PortAnswer, PortRequest } from '../../core/domain/jobPort.js';
import type { Job, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { Call, Http, Incoming } from '../../http/http.js';
import { isSafe } from '../../http/loopback.js';
import type { Tokens } from './calls.js';

/** What talking to the port of a job needs. */
export interface RequestParts {
  readonly http: Http;
  readonly tokens: Tokens;
  /** One job, fresh; undefined: there is none of that name. */
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  /** True: a port on this machine may be spoken to without TLS. For tests. */
  readonly plainLoopback: boolean;
}

/** At most so much of an answer is given, in bytes. */
const answerMost = 1_048_576;

/** A program may think for so long before it answers, in milliseconds. */
const silenceMs = 120_000;

const methods = new Map<string, Call['method']>(
  (['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const).map((name) => [name, name]),
);

/**
 * Sends one request to the port that a job opened, as the signed-in user. Whatever the job's program answers is an
 * answer, also a redirect, which is not followed.
 *
 * Throws {@link JobError} of kind `notListening` while the job starts or its program does not listen yet, `gone`,
 * `invalid` (no port, or a request that cannot be sent), `signedOut`, `offline`. Source: docs/protocols/juliahub.md, 7.5.
 */
export function juliaHubRequest(parts: RequestParts): JobPorts['request'] {
  const { http, tokens, job } = parts;
  return async (id, request, signal) => {
    const found = await job(id, signal);
    if (!found) throw new JobError({ kind: 'gone', name: id });
    const origin = originOf(found.endpoint, parts.plainLoopback);
    if (origin === undefined)
      throw new JobError({ kind: 'invalid', why: `${found.name} has not opened a port.` });
    const call = callOf(origin, request);
    const authorization = `Bearer ${await tokens.token(signal)}`;
    const headers = { ...call.headers, Authorization: authorization };
    const answer = await http.open({ ...call, headers, silenceMs }, signal);
    const read = await answerOf(answer);
    if (answer.status === 502) throw new JobError({ kind: 'notListening', name: found.name });
    return read;
  };
}

/** Where a job's port is reached; undefined: the address is not one that the token may be sent to. */
function originOf(endpoint: string | undefined, plainLoopback: boolean): string | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  const isBare = url.href === `${url.origin}/`;
  return isBare && isSafe(url, plainLoopback) ? url.origin : undefined;
}

function callOf(origin: string, { method, path, headers, body }: PortRequest): Call {
  const known = methods.get(method.toUpperCase());
  if (!known) throw new JobError({ kind: 'invalid', why: `Unknown HTTP method ${method}.` });
  const url = URL.canParse(origin + path) ? new URL(origin + path) : undefined;
  if (!path.startsWith('/') || url?.origin !== origin)
    throw new JobError({ kind: 'invalid', why: 'A path must start with / and must not contain spaces.' });
  // The port is the user's own program, but the door before it wants the user's token, and only one.
  const own = Object.entries(headers).filter(([name]) => !/^(authorization|host)$/i.test(name));
  return {
    method: known,
    url: url.href,
    headers: Object.fromEntries(own),
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  };
}

async function answerOf({ status, headers, body }: Incoming): Promise<PortAnswer> {
  const decoder = new TextDecoder();
  let text = '';
  let left = answerMost;
  for await (const part of body) {
    text += decoder.decode(part.subarray(0, left), { stream: true });
    left -= part.length;
    if (left < 0) return { status, headers, text, cut: true };
  }
  return { status, headers, text: text + decoder.decode() };
}
