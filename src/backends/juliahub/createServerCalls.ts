import { Readable } from 'node:stream';
import { JobError } from '../../core/domain/problem.js';
import {
  discardBody,
  type HttpResponse,
  type HttpRequest,
  type HttpClient,
  type StreamingResponse,
} from '../../http/http.js';
import { isSecureUrl } from '../../http/secureUrl.js';
import { createNotSecureError, NoResponseError } from '../../http/networkErrors.js';
import { HandshakeError, type WebSocketClient } from '../../http/webSocketClient.js';
import type { ServerCalls, ServerCall, TokenSource } from './serverCalls.js';
import { isTokenRefused } from './httpErrors.js';

/** Dependencies of requests to a server. */
export interface ServerCallsDeps {
  /** Name of the server in messages: the connection's title. */
  readonly place: string;
  /** Base URL of the server without a trailing slash; can contain a path prefix. */
  readonly base: string;
  readonly http: HttpClient;
  readonly sockets: WebSocketClient;
  readonly tokens: TokenSource;
  /** True: allows connections without TLS to a server on this machine. For tests. */
  readonly plainLoopback: boolean;
}

/** Source: docs/protocols/juliahub.md, 9.2. */
const maxRedirects = 3;

/**
 * Creates the requests to a connection's server. In addition to the errors of {@link ServerCalls}: `unsafeName` for
 * a path component that would change the path.
 */
export function createServerCalls(options: ServerCallsDeps): ServerCalls {
  const { place, base, http, sockets, tokens } = options;
  return {
    place,
    send: (call, signal) => {
      const ask = async (one: HttpRequest): Promise<ServerResponse<HttpResponse>> => {
        const answer = await withServerName(place, () => http.ask(one, signal));
        return { answer, isOwn: true, isRefused: isTokenRefused(answer), drop: () => undefined };
      };
      return sendAuthorized(call, options, ask, signal);
    },
    openStream: (call, signal) =>
      sendAuthorized(call, options, (one) => followRedirects(one, options, signal), signal),
    openSocket: async function* (path, query, signal) {
      const url = toServerUrl(base, path, query).replace(/^http/, 'ws');
      const listen = (token: string): AsyncIterable<string> =>
        withServerNameEach(place, sockets.listen(url, { Authorization: `Bearer ${token}` }, signal));
      const token = await tokens.getToken(signal);
      try {
        yield* listen(token);
      } catch (error) {
        const isRefused =
          error instanceof JobError && error.cause instanceof HandshakeError && error.cause.status === 401;
        if (!isRefused) throw error;
        yield* listen(await tokens.refreshToken(token, signal));
      }
    },
  };
}

/** A response and its origin. */
interface ServerResponse<T> {
  readonly answer: T;
  /** True: returned by the server itself, to which the token was sent. */
  readonly isOwn: boolean;
  /** True: the server refuses the token. */
  readonly isRefused: boolean;
  /** Discards a response that is not read. */
  readonly drop: () => void;
}

/**
 * Sends a request with the user's token, and once more with another token if the server refuses the first: a
 * read after any refusal, other requests only after a 401, which means that nothing was done.
 */
async function sendAuthorized<T extends { readonly status: number }>(
  call: ServerCall,
  { place, base, tokens }: ServerCallsDeps,
  ask: (call: HttpRequest) => Promise<ServerResponse<T>>,
  signal: AbortSignal,
): Promise<T> {
  const { path, query, headers, ...rest } = call;
  const url = toServerUrl(base, path, query);
  const asked = (token: string): Promise<ServerResponse<T>> =>
    ask({
      ...rest,
      url,
      headers: { ...getExtraHeaders(path), ...headers, Authorization: `Bearer ${token}` },
    });

  const token = await getTokenBeforeSend(() => tokens.getToken(signal));
  const first = await asked(token);
  if (!first.isRefused) return first.answer;
  if (!call.reads && first.answer.status !== 401) {
    // The request may have been processed. The next one uses the other token.
    await tokens.refreshToken(token, signal).catch(() => undefined);
    signal.throwIfAborted();
    return first.answer;
  }
  first.drop();
  // Throws if no other token is available.
  const other = await getTokenBeforeSend(() => tokens.refreshToken(token, signal));
  const second = await asked(other);
  if (!second.isRefused) return second.answer;
  second.drop();
  // Reported as refused, so that it is not sent again.
  await getTokenBeforeSend(() => tokens.refreshToken(other, signal));
  throw new JobError({ kind: 'signedOut', place });
}

/** A failure here happened before the request was sent or after it was refused: nothing was done. */
async function getTokenBeforeSend(run: () => Promise<string>): Promise<string> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    throw new JobError(error.problem, { cause: new NoResponseError(error.cause, false) });
  }
}

/**
 * The URL of a path below the server's base URL. Source: docs/protocols/juliahub.md, 1.1 (components are
 * encoded separately) and 12.4 (a base path is retained).
 *
 * @throws {@link JobError} of kind `unsafeName`: file names come from outside, and `..` would change the
 * path.
 */
function toServerUrl(
  base: string,
  path: readonly string[],
  query: Readonly<Record<string, string>> | undefined,
): string {
  const way = path.map(encodeComponent).join('/');
  const text = new URLSearchParams(query).toString();
  return `${base}/${way}${text === '' ? '' : `?${text}`}`;
}

function encodeComponent(name: string): string {
  if (name === '' || name === '.' || name === '..' || /\p{Surrogate}/u.test(name))
    throw new JobError({ kind: 'unsafeName', name });
  return encodeURIComponent(name);
}

/** Source: docs/protocols/juliahub.md, 1.8. */
function getExtraHeaders([first, second]: readonly string[]): Readonly<Record<string, string>> {
  const isHasura = (first === 'api' && second === 'rest') || (first === 'v1' && second === 'graphql');
  return isHasura ? { 'X-Hasura-Role': 'jhuser', 'X-JuliaHub-Ensure-JS': 'true' } : {};
}

/** Follows redirects of a read; after a redirect to another host, the token is no longer sent. */
async function followRedirects(
  call: HttpRequest,
  options: ServerCallsDeps,
  signal: AbortSignal,
): Promise<ServerResponse<StreamingResponse>> {
  const { http, place } = options;
  let at: RedirectStep = { call, isOwn: true };
  for (let redirects = 0; ; redirects++) {
    const open = (): Promise<StreamingResponse> => http.open(at.call, signal);
    // Failures on another host are reported with that host's name.
    const came: StreamingResponse = at.isOwn ? await withServerName(place, open) : await open();
    const to = came.headers['location'];
    const isRedirect = [301, 302, 303, 307, 308].includes(came.status) && to !== undefined;
    if (isRedirect && redirects < maxRedirects && call.method === 'GET') {
      discardBody(came);
      at = createRedirectStep(to, at, options);
      continue;
    }
    const answer = at.isOwn ? { ...came, body: withServerNameEach(place, came.body) } : came;
    const drop = (): void => {
      discardBody(answer);
    };
    if (!at.isOwn || came.status < 400) return { answer, isOwn: at.isOwn, isRefused: false, drop };
    // A 401 needs no further check.
    if (came.status === 401) return { answer, isOwn: true, isRefused: true, drop };
    return readFailureHead(answer);
  }
}

/** Number of bytes of a failure that are read. */
const maxFailureBytes = 8_192;

/** Reads the start of a failure to check whether the token was refused. */
async function readFailureHead(answer: StreamingResponse): Promise<ServerResponse<StreamingResponse>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes >= maxFailureBytes) break;
  }
  const text = Buffer.concat(parts).toString('utf8');
  return {
    answer: { ...answer, body: Readable.from(parts) },
    isOwn: true,
    isRefused: isTokenRefused({ status: answer.status, text }),
    drop: () => undefined,
  };
}

/** One request in a chain of redirects; `isOwn`: no redirect has left the server so far. */
interface RedirectStep {
  readonly call: HttpRequest;
  readonly isOwn: boolean;
}

/**
 * @throws {@link JobError} of kind `offline` if the redirect leads to an insecure URL, `badAnswer` if it is
 * not a URL.
 */
function createRedirectStep(
  location: string,
  { call, isOwn }: RedirectStep,
  options: ServerCallsDeps,
): RedirectStep {
  const { plainLoopback } = options;
  const from = new URL(call.url);
  if (!URL.canParse(location, from.href))
    throw new JobError({ kind: 'badAnswer', place: isOwn ? options.place : from.host, what: 'redirect' });
  const url = new URL(location, from);
  // Credentials in a URL would be sent.
  url.username = '';
  url.password = '';
  if (!isSecureUrl(url, plainLoopback)) throw createNotSecureError(url.host);
  const staysOwn = isOwn && url.origin === from.origin;
  const { Authorization: token, ...headers } = call.headers ?? {};
  const kept = staysOwn && token !== undefined ? { Authorization: token } : {};
  return { call: { ...call, url: url.href, headers: { ...headers, ...kept } }, isOwn: staysOwn };
}

/** Uses the user's name of the server in failures. */
async function withServerName<T>(place: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw renameServer(error, place);
  }
}

/**
 * Like {@link withServerName}, for a stream. Returning before the first part also returns from the underlying
 * iterator.
 */
function withServerNameEach<T>(place: string, parts: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const below = parts[Symbol.asyncIterator]();
      return {
        next: () => withServerName(place, () => below.next()),
        return: async () => {
          await below.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function renameServer(error: unknown, place: string): unknown {
  if (!(error instanceof JobError)) return error;
  const { problem } = error;
  if (problem.kind !== 'offline' && problem.kind !== 'badAnswer') return error;
  return new JobError({ ...problem, place }, { cause: error.cause });
}
