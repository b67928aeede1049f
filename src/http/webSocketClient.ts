/** A WebSocket that only receives. */
export interface WebSocketClient {
  /**
   * Text messages in order, including empty ones (keep-alives). Ends when the server closes the socket.
   * Throws {@link JobError} of kind `offline` if the connection is refused or fails, with
   * {@link HandshakeError} as `cause` if the server responded to the handshake with an HTTP status. Buffering
   * is limited: the socket is paused while messages are not read.
   */
  readonly listen: (
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => AsyncIterable<string>;
}

/** The server responded to the handshake with an HTTP status. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  constructor(readonly status: number) {
    super(`handshake refused with status ${String(status)}`);
  }
}
