import { JobError } from '../../core/problem.js';
import type { Call, Http, Incoming } from '../transport/http.js';
import { isSafe } from '../transport/loopback.js';
import type { Sockets } from '../transport/socket.js';
import type { Calls, ServerCall, Tokens } from './calls.js';

/** What the calls of a connection are made from. */
export interface ServerOptions {
  /** As messages name the server: the connection's title. */
  readonly place: string;
  /** The server's base address, without a slash at its end; its path prefix is kept. */
  readonly base: string;
  readonly http: Http;
  readonly sockets: Sockets;
  readonly tokens: Tokens;
  /** True: a server on this machine may be spoken to without TLS. For tests. */
  readonly plainLoopback: boolean;
}

/** Source: reference juliahub.md, 9.2. */
const mostRedirects = 3;

/** The server of a connection, asked as its user. */
export function serverCalls(options: ServerOptions): Calls {
  const { place, base, http, sockets, tokens, plainLoopback } = options;

  const callOf = (call: ServerCall, token: string): Call => {
    const { path, query, headers, ...rest } = call;
    return {
      ...rest,
      url: urlOf(base, path, query),
      headers: { ...extraHeaders(path), ...headers, Authorization: `Bearer ${token}` },
    };
  };

  /** Asks; a read is asked once more with another token where this one is refused. */
  const asked = async <T extends { readonly status: number }>(
    call: ServerCall,
    signal: AbortSignal,
    ask: (call: Call) => Promise<T>,
  ): Promise<T> => {
    const token = await tokens.token(signal);
    const first = await named(place, () => ask(callOf(call, token)));
    if (first.status !== 401) return first;
    if (!call.reads) {
      // The next call uses another one, or says that there is none.
      await tokens.renewed(token, signal);
      throw new JobError({ kind: 'signedOut', place });
    }
    const other = await tokens.renewed(token, signal);
    const second = await named(place, () => ask(callOf(call, other)));
    if (second.status !== 401) return second;
    // Told as refused, so that it is not sent again; this throws where no other is to be had.
    await tokens.renewed(other, signal);
    throw new JobError({ kind: 'signedOut', place });
  };

  return {
    place,
    ask: (call, signal) => asked(call, signal, (one) => http.ask(one, signal)),
    open: (call, signal) => asked(call, signal, (one) => followed(http, one, plainLoopback, signal)),
    listen: async function* (path, query, signal) {
      const url = urlOf(base, path, query).replace(/^http/, 'ws');
      const token = await tokens.token(signal);
      try {
        yield* sockets.listen(url, { Authorization: `Bearer ${token}` }, signal);
      } catch (error) {
        throw renamed(error, place);
      }
    },
  };
}

/** Source: reference juliahub.md, 1.1 (each component encoded by itself) and 12.4 (a base path is kept). */
function urlOf(
  base: string,
  path: readonly string[],
  query: Readonly<Record<string, string>> | undefined,
): string {
  const way = path.map((part) => encodeURIComponent(part)).join('/');
  const text = new URLSearchParams(query).toString();
  return `${base}/${way}${text === '' ? '' : `?${text}`}`;
}

/** Source: reference juliahub.md, 1.8. */
function extraHeaders([first, second]: readonly string[]): Readonly<Record<string, string>> {
  if (first === 'api' && second === 'rest')
    return { 'X-Hasura-Role': 'jhuser', 'X-JuliaHub-Ensure-JS': 'true' };
  if (first === 'v1' && second === 'graphql')
    return { 'X-Hasura-Role': 'jhuser', 'X-JuliaHub-Ensure-JS': 'true' };
  return {};
}

/** Follows redirects of a read; the token goes on to the same host only. */
async function followed(
  http: Http,
  call: Call,
  plainLoopback: boolean,
  signal: AbortSignal,
): Promise<Incoming> {
  let at = call;
  for (let redirects = 0; ; redirects++) {
    const answer = await http.open(at, signal);
    const to = answer.headers['location'];
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && to !== undefined;
    if (!isRedirect || redirects === mostRedirects || call.method !== 'GET') return answer;
    for await (const _ of answer.body) break;
    const from = new URL(at.url);
    const url = new URL(to, from);
    if (!isSafe(url, plainLoopback))
      throw new JobError({ kind: 'offline', place: url.host, why: 'only HTTPS is spoken' });
    const { Authorization: _, ...others } = at.headers ?? {};
    at = { ...at, url: url.href, headers: url.host === from.host ? (at.headers ?? {}) : others };
  }
}

/** Failures name the server as the user does. */
async function named<T>(place: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw renamed(error, place);
  }
}

function renamed(error: unknown, place: string): unknown {
  if (!(error instanceof JobError)) return error;
  const { problem } = error;
  if (problem.kind !== 'offline' && problem.kind !== 'badAnswer') return error;
  return new JobError({ ...problem, place }, { cause: error.cause });
}
