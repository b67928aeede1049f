/**
 * One configured place where jobs run. Several connections can use the same kind of backend; *Local* always
 * exists.
 */
export interface Connection {
  /** Stable and unique; part of the key of everything that is stored for the connection. */
  readonly id: string;
  /** Kind of its {@link BackendProvider}; the built-in connection is `local`. */
  readonly kind: string;
  /** The name in the side bar. */
  readonly title: string;
  /** The settings of this kind of backend, not validated: the provider validates them in `create`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The id of the connection to this machine, which always exists and cannot be removed. */
export const localConnectionId = 'local';
