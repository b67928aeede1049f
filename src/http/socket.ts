/** A WebSocket that only listens. */
export interface Sockets {
  /**
   * Text messages in order, also empty ones (keep-alives). Ends when the server closes; throws {@link JobError} of kind
   * `offline` where the connection is refused or breaks off, with `status` in `cause` where the server answered the
   * handshake with one ({@link HandshakeError}). Nothing is buffered without bound: the socket is paused while nobody reads.
   */
  readonly listen: (
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => AsyncIterable<string>;
}

/** The server answered the handshake with an HTTP status instead of a socket. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  constructor(readonly status: number) {
    super(`handshake answered with ${String(status)}`);
  }
}
