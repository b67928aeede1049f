/** An HTTP request to the port of a job. */
export interface PortRequest {
  /** In uppercase: `GET`, `POST`. */
  readonly method: string;
  /** Starts with `/`; can contain a query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The response of the job's program. */
export interface PortResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** True: `text` is truncated. */
  readonly isTruncated?: true;
}
