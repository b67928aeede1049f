import type { Answer, Call, Incoming } from '../../http/http.js';

/** One request to the server of a connection. */
export interface ServerCall extends Pick<Call, 'method' | 'body' | 'reads' | 'silenceMs' | 'maxBytes'> {
  /** Components below the server's base path, each percent-encoded by itself: `['jobs', id, 'files', name]`. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The server, asked as the signed-in user: the bearer token goes with each call, to this server and nowhere else. `/api/rest`
 * and `/v1/graphql` get their extra headers. A call answered with 401 is made once more with a renewed token, a read
 * also where a failure says `Invalid authentication`; a second such answer is {@link JobError} of kind `signedOut`. All
 * other statuses are answers.
 *
 * Source: docs/protocols/juliahub.md, 1.8 and 9.
 */
export interface Calls {
  /** As messages name the server: the connection's title. */
  readonly place: string;
  readonly ask: (call: ServerCall, signal: AbortSignal) => Promise<Answer>;
  /** As `ask`, with a body read as it comes; up to three redirects are followed, the token not to another host. */
  readonly open: (call: ServerCall, signal: AbortSignal) => Promise<Incoming>;
  /** Messages of a WebSocket of the server (`wss`), the token in the handshake. */
  readonly listen: (
    path: readonly string[],
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => AsyncIterable<string>;
}

/** Who asks. Each method throws {@link JobError} of kind `signedOut` where nobody is signed in. */
export interface Tokens {
  /** The bearer token to send now; renewed before it is given where it runs out within ten minutes. */
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** Another token, after the server did not accept this one: read again, or renewed; not the same one again soon. */
  readonly renewed: (refused: string, signal: AbortSignal) => Promise<string>;
}
