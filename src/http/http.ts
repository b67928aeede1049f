/** One request. Nothing is added to it but what HTTP itself needs. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A whole body, or one that is read while it is sent. */
  readonly body?: Uint8Array | ReadBody;
  /** True: it only reads, so it may be repeated after a connection error, 429, 502, 503 or 504. */
  readonly reads?: boolean;
  /** Milliseconds in which the network gives no sign of life, after which it has failed; undefined: 30 s. */
  readonly silenceMs?: number;
  /** The longest text that {@link Http.ask} takes, in bytes once unpacked; undefined: what the client allows. */
  readonly maxBytes?: number;
}

/**
 * A body that is read while it is sent. What reading it throws comes out as it is; another length than `bytes` is
 * {@link JobError} of kind `changed`, and then the last part was not sent.
 */
export interface ReadBody {
  /** Its exact length. */
  readonly bytes: number;
  /** Its parts, which stay as they are; asked for anew at each try. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** What it is read from, for messages; undefined: the host it goes to stands there. */
  readonly path?: string;
}

/** What came back; every status is an answer. */
export interface Answer {
  readonly status: number;
  /** By lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8; at most as long as the client allows. Of an answer that is no success, only the beginning. */
  readonly text: string;
  /** The same in pieces, for whoever reads a long text bit by bit; undefined: `text` is not long. */
  readonly pieces?: readonly string[];
}

/** An answer whose body is read as it comes. */
export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Unpacked. To be read to its end or returned from, at whatever pace; a connection that breaks off before the announced
   * length throws `offline`.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * HTTP, with time-outs, repeated reads and no secret in any message. Redirects are not followed: who asks decides where
 * its headers go. No answer: {@link JobError} of kind `offline`. The signal stops everything, with an AbortError.
 */
export interface Http {
  readonly ask: (call: Call, signal: AbortSignal) => Promise<Answer>;
  readonly open: (call: Call, signal: AbortSignal) => Promise<Incoming>;
}

/** Ends an answer whose body nobody wants, also one that was not begun. */
export function letGo({ body }: Incoming): void {
  void body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}
