import type { HttpResponse, HttpRequest, StreamingResponse } from '../../http/http.js';

/** One request to the server of a connection. */
export interface ServerCall extends Pick<
  HttpRequest,
  'method' | 'body' | 'reads' | 'silenceMs' | 'maxBytes'
> {
  /**
   * Components below the server's base path, each percent-encoded separately: `['jobs', id, 'files', name]`.
   */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Requests to the server as the signed-in user. The bearer token is sent with each request, to this server
 * only. Requests to `/api/rest` and `/v1/graphql` get additional headers. After a 401, a request is repeated
 * once with a renewed token; a read is also repeated after a failure with `Invalid authentication`. A second
 * refusal throws {@link JobError} of kind `signedOut`. All other statuses are returned.
 *
 * Source: docs/protocols/juliahub.md, 1.8 and 9.
 */
export interface ServerCalls {
  /** Name of the server in messages: the connection's title. */
  readonly place: string;
  readonly send: (call: ServerCall, signal: AbortSignal) => Promise<HttpResponse>;
  /**
   * Like `ask`, but streams the body. Follows up to three redirects, without sending the token to another
   * host.
   */
  readonly openStream: (call: ServerCall, signal: AbortSignal) => Promise<StreamingResponse>;
  /** Messages of a WebSocket of the server (`wss`), with the token in the handshake. */
  readonly openSocket: (
    path: readonly string[],
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => AsyncIterable<string>;
}

/** Access to tokens. Both methods throw {@link JobError} of kind `signedOut` if the user is not signed in. */
export interface TokenSource {
  /** The current bearer token, renewed first if it expires within ten minutes. */
  readonly getToken: (signal: AbortSignal) => Promise<string>;
  /**
   * Another token after the server has refused this one: read again or renewed. Does not return the refused
   * token again soon.
   */
  readonly refreshToken: (refused: string, signal: AbortSignal) => Promise<string>;
}
