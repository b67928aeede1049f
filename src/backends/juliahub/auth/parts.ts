import type { Clock, Log, Secrets } from '../../../core/domain/ports.js';
import type { Http } from '../../../http/http.js';

/** What signing in to one server needs. */
export interface SignInParts {
  readonly http: Http;
  /** As `readServer` gives it. */
  readonly server: string;
  /** As messages name the server: the connection's title. */
  readonly place: string;
  /** True: addresses on this machine may be without TLS. For tests. */
  readonly allowHttpLoopback: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
  /** A folder of ours for locks, absolute, the same in all windows; made when it is needed. Undefined: one in the home. */
  readonly lockFolder?: string;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * A token by JuliaHub's own extension, which may ask the user; `force`: not one that it has already. It gives undefined
   * where it is not installed. Source: docs/protocols/juliahub.md, 11.2.
   */
  readonly extension?: (server: string, force: boolean) => Promise<string | undefined>;
}
