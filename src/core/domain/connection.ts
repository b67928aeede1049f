/** One configured place jobs run. Several of one kind may stand side by side; *Local* is always there. */
export interface Connection {
  /** Stable and unique; part of every key under which something is remembered. */
  readonly id: string;
  /** Kind of its {@link BackendProvider}; the built-in connection is `local`. */
  readonly kind: string;
  /** As shown in the side bar. */
  readonly title: string;
  /** The kind's own settings, unread: the backend's factory checks them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The id of the connection that is always there and cannot be removed: this machine. */
export const alwaysThere = 'local';
