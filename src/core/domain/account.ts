import type { Event } from '../../lib/event.js';

/** Who the user is at a place. */
export interface Identity {
  /** As the place calls them: `ada`. */
  readonly name: string;
  /** Where the credentials are stored, as a phrase: `the editor's secret storage`. */
  readonly kept: string;
}

/** One way in which a place lets its users sign in, as the sign-in command shows it. */
export interface SignInForm {
  readonly by: SignIn['by'];
  /** Where the sign-in is kept or what it is good for, in a few words. */
  readonly description?: string;
  /** Of what is typed: `The API key of your account`. */
  readonly prompt?: string;
}

/** How the user wants to sign in, with what they typed. Never logged. */
export type SignIn =
  /** In a browser. `open` shows the page; `code` is what the page should show as well. */
  | { readonly by: 'browser'; readonly open: (url: string, code: string | undefined) => Promise<void> }
  /** In a browser anywhere, where a code is typed. `show` tells the page and the code, and offers to open it. */
  | { readonly by: 'deviceCode'; readonly show: (url: string, code: string) => Promise<void> }
  /** With a token that they have from elsewhere. */
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'apiKey'; readonly key: string }
  | { readonly by: 'password'; readonly user: string; readonly password: string };

/** Signing in to a place; a backend without it needs no sign-in. */
export interface Account {
  /** The ways to sign in, at least one; the first is suggested. */
  readonly forms: readonly SignInForm[];
  /** Who is signed in, without asking the user; undefined: nobody. @throws {@link JobError} of kind `offline`. */
  readonly who: (signal: AbortSignal) => Promise<Identity | undefined>;
  /**
   * Signs in anew, whoever was signed in before. `how` is one of {@link forms}.
   * @throws {@link JobError} of kind `offline`, `refused` (denied, expired), `badAnswer`.
   */
  readonly signIn: (how: SignIn, signal: AbortSignal) => Promise<Identity>;
  /** The token that stands for the user, for other programs they trust. Never logged. @throws as `who`, and `signedOut`. */
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** Forgets the sign-in on this machine. */
  readonly signOut: (signal: AbortSignal) => Promise<void>;
  /** Someone has signed in or out, in this window or elsewhere. */
  readonly changed: Event<void>;
}
