/** One request. Nothing is added to it but what HTTP itself needs. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A whole body, or one that is read while it is sent; then with its exact length in bytes. */
  readonly body?: Uint8Array | { readonly bytes: number; readonly read: () => AsyncIterable<Uint8Array> };
  /** True: it only reads, so it may be repeated after a connection error, 429, 502, 503 or 504. */
  readonly reads?: boolean;
  /** Milliseconds without a sign of life after which it has failed; undefined: 30 s. */
  readonly silenceMs?: number;
}

/** What came back; every status is an answer. */
export interface Answer {
  readonly status: number;
  /** By lowercase names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8; at most as long as the client allows. */
  readonly text: string;
}

/** An answer whose body is read as it comes. */
export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end or returned from; a connection that breaks off before the announced length throws `offline`. */
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
