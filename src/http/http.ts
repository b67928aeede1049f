/** One request. Only headers that HTTP requires are added. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** Absolute. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A complete body, or one that is read while it is sent. */
  readonly body?: Uint8Array | BodySource;
  /** True: the request only reads, so it can be repeated after a connection error, 429, 502, 503 or 504. */
  readonly reads?: boolean;
  /** Milliseconds without network activity after which the request fails; undefined: 30 s. */
  readonly silenceMs?: number;
  /** Maximum length of a text from {@link HttpClient.ask}, in decompressed bytes; undefined: the client's limit. */
  readonly maxBytes?: number;
}

/**
 * A body that is read while it is sent. Errors while reading it are rethrown unchanged. If its length differs
 * from `bytes`, {@link JobError} of kind `changed` is thrown and the last part is not sent.
 */
export interface BodySource {
  /** Its exact length. */
  readonly bytes: number;
  /** Its parts, which must not be modified later; called again for each attempt. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** The source of the body, for messages; undefined: the host of the request. */
  readonly path?: string;
}

/** A response, with any status. */
export interface HttpResponse {
  readonly status: number;
  /** By lowercase name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8; limited to the client's maximum length. Only the start if the request failed. */
  readonly text: string;
  /** The same text in pieces, for reading a long text incrementally; undefined if `text` is not long. */
  readonly pieces?: readonly string[];
}

/** A response with a streamed body. */
export interface StreamingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Decompressed. Must be read to its end or returned from, at any pace. Throws `offline` if the connection
   * closes before the announced length.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * HTTP with timeouts, retried reads and no secrets in messages. Redirects are not followed: the caller
 * decides where its headers are sent. Without a response: {@link JobError} of kind `offline`. The signal
 * stops everything with an AbortError.
 */
export interface HttpClient {
  readonly ask: (call: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;
  readonly open: (call: HttpRequest, signal: AbortSignal) => Promise<StreamingResponse>;
}

/** Discards a response whose body is not needed, even if reading has not started. */
export function discardBody({ body }: StreamingResponse): void {
  void body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}
