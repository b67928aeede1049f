import type { Event } from '../../lib/event.js';

/** The signed-in user. */
export interface AccountIdentity {
  /** The user name in the service: `ada`. */
  readonly name: string;
  /** Where the credentials are stored, as a phrase: `the editor's secret storage`. */
  readonly storage: string;
}

/** One way to sign in, as the sign-in command shows it. */
export interface SignInMethod {
  readonly by: SignInRequest['by'];
  /** Where the credentials are stored or what they are for, in a few words. */
  readonly description?: string;
  /** The prompt of the input: `The API key of your account`. */
  readonly prompt?: string;
}

/** The selected way to sign in, with the user's input. Never logged. */
export type SignInRequest =
  /** In a browser. `open` opens the page; `code` is the code that the page should also show. */
  | { readonly by: 'browser'; readonly open: (url: string, code: string | undefined) => Promise<void> }
  /**
   * In any browser, by entering a code. `show` shows the page's address and the code, and offers to open the
   * page.
   */
  | { readonly by: 'deviceCode'; readonly show: (url: string, code: string) => Promise<void> }
  /** With an existing token. */
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'apiKey'; readonly key: string }
  | { readonly by: 'password'; readonly user: string; readonly password: string };

/** Signs users in; a backend without it requires no sign-in. */
export interface Account {
  /** The ways to sign in, at least one; the first is the suggested one. */
  readonly methods: readonly SignInMethod[];
  /**
   * The signed-in user, without prompting; undefined if signed out. @throws {@link JobError} of kind
   * `offline`.
   */
  readonly getIdentity: (signal: AbortSignal) => Promise<AccountIdentity | undefined>;
  /**
   * Signs in and replaces an existing sign-in. `how` is one of {@link methods}.
   * @throws {@link JobError} of kind `offline`, `refused` (denied, expired), `badAnswer`.
   */
  readonly signIn: (how: SignInRequest, signal: AbortSignal) => Promise<AccountIdentity>;
  /**
   * The user's access token, for other programs that the user trusts. Never logged. @throws as `who`, and
   * `signedOut`.
   */
  readonly getToken: (signal: AbortSignal) => Promise<string>;
  /** Deletes the credentials from this machine. */
  readonly signOut: (signal: AbortSignal) => Promise<void>;
  /** Fires when a user signs in or out, in any window or program. */
  readonly onDidChange: Event<void>;
}
