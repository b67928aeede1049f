import type { Clock, Log, SecretStore } from '../../../core/domain/ports.js';
import type { HttpClient } from '../../../http/http.js';

/** Dependencies of the sign-in to one server. */
export interface JuliaHubSignInDeps {
  readonly http: HttpClient;
  /** Base URL of the server, without a trailing slash. */
  readonly server: string;
  /** Name of the server in messages: the connection's title. */
  readonly place: string;
  /** True: addresses on this machine can be without TLS. For tests. */
  readonly allowHttpLoopback: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
  /**
   * This extension's folder for locks, absolute, the same in all windows; created when needed. Undefined: one
   * in the home folder.
   */
  readonly lockFolder?: string;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * A token from JuliaHub's own extension, which can prompt the user; `force`: do not return an existing one.
   * Returns undefined if that extension is not installed. Source: docs/protocols/juliahub.md, 11.2.
   */
  readonly extension?: (server: string, force: boolean) => Promise<string | undefined>;
}
