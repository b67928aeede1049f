import type { JobPorts } from '../../core/domain/backend.js';
import type { PortResponse, PortRequest } from '../../core/domain/jobPort.js';
import type { Job, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { HttpRequest, HttpClient, StreamingResponse } from '../../http/http.js';
import { isSecureUrl } from '../../http/secureUrl.js';
import type { TokenSource } from './serverCalls.js';

/** Dependencies of requests to the port of a job. */
export interface PortRequestDeps {
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  /** One job, from the server; undefined if it does not exist. */
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  /** True: allows connections without TLS to a port on this machine. For tests. */
  readonly plainLoopback: boolean;
}

/** Maximum size of a response, in bytes. */
const maxResponseBytes = 1_048_576;

/** Maximum time without data from the job's program, in milliseconds. */
const portIdleMs = 120_000;

const httpMethodsByName = new Map<string, HttpRequest['method']>(
  (['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const).map((name) => [name, name]),
);

/**
 * Sends one request to the port opened by a job, as the signed-in user. Every response of the job's program
 * is returned, including a redirect, which is not followed.
 *
 * Throws {@link JobError} of kind `notListening` while the job starts or its program does not listen yet,
 * `gone`, `invalid` (no port, or a request that cannot be sent), `signedOut`, `offline`. Source:
 * docs/protocols/juliahub.md, 7.5.
 */
export function createPortRequest(parts: PortRequestDeps): JobPorts['request'] {
  const { http, tokens, job } = parts;
  return async (id, request, signal) => {
    const found = await job(id, signal);
    if (!found) throw new JobError({ kind: 'gone', name: id });
    const origin = toPortOrigin(found.endpoint, parts.plainLoopback);
    if (origin === undefined)
      throw new JobError({ kind: 'invalid', why: `${found.name} has not opened a port.` });
    const call = toHttpRequest(origin, request);
    const authorization = `Bearer ${await tokens.getToken(signal)}`;
    const headers = { ...call.headers, Authorization: authorization };
    const answer = await http.open({ ...call, headers, silenceMs: portIdleMs }, signal);
    const read = await toPortResponse(answer);
    if (answer.status === 502) throw new JobError({ kind: 'notListening', name: found.name });
    return read;
  };
}

/** The origin of a job's port; undefined if the token must not be sent to its address. */
function toPortOrigin(endpoint: string | undefined, plainLoopback: boolean): string | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  const isBare = url.href === `${url.origin}/`;
  return isBare && isSecureUrl(url, plainLoopback) ? url.origin : undefined;
}

function toHttpRequest(origin: string, { method, path, headers, body }: PortRequest): HttpRequest {
  const known = httpMethodsByName.get(method.toUpperCase());
  if (!known) throw new JobError({ kind: 'invalid', why: `Unknown HTTP method ${method}.` });
  const url = URL.canParse(origin + path) ? new URL(origin + path) : undefined;
  if (!path.startsWith('/') || url?.origin !== origin)
    throw new JobError({ kind: 'invalid', why: 'A path must start with / and must not contain spaces.' });
  // The port belongs to the user's own program, but the proxy in front of it requires exactly one token.
  const own = Object.entries(headers).filter(([name]) => !/^(authorization|host)$/i.test(name));
  return {
    method: known,
    url: url.href,
    headers: Object.fromEntries(own),
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  };
}

async function toPortResponse({ status, headers, body }: StreamingResponse): Promise<PortResponse> {
  const decoder = new TextDecoder();
  let text = '';
  let left = maxResponseBytes;
  for await (const part of body) {
    text += decoder.decode(part.subarray(0, left), { stream: true });
    left -= part.length;
    if (left < 0) return { status, headers, text, isTruncated: true };
  }
  return { status, headers, text: text + decoder.decode() };
}
