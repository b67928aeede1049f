import { JobError } from '../../core/problem.js';
import { plainSay, type Say } from '../../core/say.js';
import { letGo, type Answer, type Call, type Http, type Incoming } from '../transport/http.js';
import { isSafe } from '../transport/loopback.js';
import { notSecure } from '../transport/reasons.js';
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
  /** Makes the phrases of `offline` problems; undefined: they are in English. */
  readonly say?: Say;
}

/** Source: reference juliahub.md, 9.2. */
const mostRedirects = 3;

/** The server of a connection, asked as its user. Besides what {@link Calls} says: `unsafeName` for a path that leads elsewhere. */
export function serverCalls(options: ServerOptions): Calls {
  const { place, base, http, sockets, tokens } = options;
  return {
    place,
    ask: (call, signal) => {
      const ask = async (one: Call): Promise<Got<Answer>> => ({
        answer: await named(place, () => http.ask(one, signal)),
        isOwn: true,
        drop: () => undefined,
      });
      return authorized(call, options, ask, signal);
    },
    open: (call, signal) => authorized(call, options, (one) => followed(one, options, signal), signal),
    listen: async function* (path, query, signal) {
      const url = urlOf(base, path, query).replace(/^http/, 'ws');
      const token = await tokens.token(signal);
      yield* namedParts(place, sockets.listen(url, { Authorization: `Bearer ${token}` }, signal));
    },
  };
}

/** An answer, and where it came from. */
interface Got<T> {
  readonly answer: T;
  /** True: the server itself gave it, to whom the token was sent. */
  readonly isOwn: boolean;
  /** Lets go of an answer that nobody reads. */
  readonly drop: () => void;
}

/** Asks with the user's token; a read is asked once more with another one where the server refuses the first. */
async function authorized<T extends { readonly status: number }>(
  call: ServerCall,
  { place, base, tokens }: ServerOptions,
  ask: (call: Call) => Promise<Got<T>>,
  signal: AbortSignal,
): Promise<T> {
  const { path, query, headers, ...rest } = call;
  const url = urlOf(base, path, query);
  const asked = (token: string): Promise<Got<T>> =>
    ask({ ...rest, url, headers: { ...extraHeaders(path), ...headers, Authorization: `Bearer ${token}` } });
  const isRefused = ({ answer, isOwn }: Got<T>): boolean => isOwn && answer.status === 401;

  const token = await tokens.token(signal);
  const first = await asked(token);
  if (!isRefused(first)) return first.answer;
  first.drop();
  // This throws where no other is to be had. What does more than read is not repeated; the next call uses the other.
  const other = await tokens.renewed(token, signal);
  if (!call.reads) throw new JobError({ kind: 'signedOut', place });
  const second = await asked(other);
  if (!isRefused(second)) return second.answer;
  second.drop();
  // Told as refused, so that it is not sent again.
  await tokens.renewed(other, signal);
  throw new JobError({ kind: 'signedOut', place });
}

/**
 * The address of a path below the server's base. Source: reference juliahub.md, 1.1 (each component encoded by itself)
 * and 12.4 (a base path is kept).
 *
 * @throws {@link JobError} of kind `unsafeName`: names of files come from outside, and an address with `..` would be
 * another one.
 */
function urlOf(
  base: string,
  path: readonly string[],
  query: Readonly<Record<string, string>> | undefined,
): string {
  const way = path.map(component).join('/');
  const text = new URLSearchParams(query).toString();
  return `${base}/${way}${text === '' ? '' : `?${text}`}`;
}

function component(name: string): string {
  if (name === '' || name === '.' || name === '..' || /\p{Surrogate}/u.test(name))
    throw new JobError({ kind: 'unsafeName', name });
  return encodeURIComponent(name);
}

/** Source: reference juliahub.md, 1.8. */
function extraHeaders([first, second]: readonly string[]): Readonly<Record<string, string>> {
  const isHasura = (first === 'api' && second === 'rest') || (first === 'v1' && second === 'graphql');
  return isHasura ? { 'X-Hasura-Role': 'jhuser', 'X-JuliaHub-Ensure-JS': 'true' } : {};
}

/** Follows redirects of a read; once one has led to another host, the token is not sent any more. */
async function followed(call: Call, options: ServerOptions, signal: AbortSignal): Promise<Got<Incoming>> {
  const { http, place } = options;
  let at: Step = { call, isOwn: true };
  for (let redirects = 0; ; redirects++) {
    const open = (): Promise<Incoming> => http.open(at.call, signal);
    // What fails elsewhere is told with the name of the host there.
    const came: Incoming = at.isOwn ? await named(place, open) : await open();
    const to = came.headers['location'];
    const isRedirect = [301, 302, 303, 307, 308].includes(came.status) && to !== undefined;
    if (isRedirect && redirects < mostRedirects && call.method === 'GET') {
      letGo(came);
      at = stepTo(to, at, options);
      continue;
    }
    const answer = at.isOwn ? { ...came, body: namedParts(place, came.body) } : came;
    const drop = (): void => {
      letGo(answer);
    };
    return { answer, isOwn: at.isOwn, drop };
  }
}

/** One of several requests for the same; `isOwn`: no redirect has led away from the server so far. */
interface Step {
  readonly call: Call;
  readonly isOwn: boolean;
}

/** @throws {@link JobError} of kind `offline` where all could listen, `badAnswer` where it leads nowhere. */
function stepTo(location: string, { call, isOwn }: Step, options: ServerOptions): Step {
  const { plainLoopback, say = plainSay } = options;
  const from = new URL(call.url);
  if (!URL.canParse(location, from.href))
    throw new JobError({ kind: 'badAnswer', place: isOwn ? options.place : from.host, what: 'redirect' });
  const url = new URL(location, from);
  // An address with a user in it would be asked as that user.
  url.username = '';
  url.password = '';
  if (!isSafe(url, plainLoopback)) throw notSecure(url.host, say);
  const staysOwn = isOwn && url.origin === from.origin;
  const { Authorization: token, ...headers } = call.headers ?? {};
  const kept = staysOwn && token !== undefined ? { Authorization: token } : {};
  return { call: { ...call, url: url.href, headers: { ...headers, ...kept } }, isOwn: staysOwn };
}

/** Failures name the server as the user does. */
async function named<T>(place: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw renamed(error, place);
  }
}

/** As {@link named}, for what comes in parts. Returning from it before its first part returns from what is below, too. */
function namedParts<T>(place: string, parts: AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const below = parts[Symbol.asyncIterator]();
      return {
        next: () => named(place, () => below.next()),
        return: async () => {
          await below.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function renamed(error: unknown, place: string): unknown {
  if (!(error instanceof JobError)) return error;
  const { problem } = error;
  if (problem.kind !== 'offline' && problem.kind !== 'badAnswer') return error;
  return new JobError({ ...problem, place }, { cause: error.cause });
}
