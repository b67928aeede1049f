/** A request to a job's port. */
export interface PortRequest {
  /** `GET`, `POST`. */
  readonly method: string;
  /** Begins with `/`; may hold a query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the job's program answered. */
export interface PortAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** True: there was more than `text`, which is left out. */
  readonly cut?: true;
}
