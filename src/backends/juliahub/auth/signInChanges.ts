import { Emitter, type Event } from '../../../lib/event.js';
import { createDisposable, type Disposable } from '../../../lib/lifetime.js';
import type { SecretStore } from '../../../core/domain/ports.js';
import { getCredentialStatus, type CredentialSources } from './credentialSources.js';
import { watchFile } from './watchFile.js';

/** Reports sign-ins and sign-outs, including those of other programs. */
export interface SignInChanges {
  readonly onDidChange: Event<void>;
  /**
   * Checks for changes now and fires {@link SignInChanges.onDidChange} if the sign-in has changed since the last check.
   */
  readonly check: () => Promise<void>;
  /** Announces a renewed token that will be written, so that it is not reported as another sign-in. */
  readonly expectToken: (token: string) => void;
}

/** Watches the places of a sign-in, including the depot's file, while there are listeners. */
export function createSignInChanges(
  { depot, stored: held }: CredentialSources,
  secrets: SecretStore,
  path: string,
): SignInChanges {
  const emitter = new Emitter<void>();
  const expected = new Set<string>();
  let seen: string | undefined;
  let looking: Promise<void> = Promise.resolve();
  const lookOnce = async (): Promise<void> => {
    const kept = await depot.read();
    const now = getCredentialStatus(await held.read(), kept);
    const before = seen;
    seen = now;
    const isNews = before !== undefined && before !== now;
    if (isNews && !(kept && expected.delete(kept.token))) emitter.fire();
  };
  // In order, so that an older check never overwrites a newer one.
  const look = (): Promise<void> => {
    looking = looking.catch(() => undefined).then(lookOnce);
    return looking;
  };
  // Errors are reported where the sign-in is used next.
  const lookAside = (): void => void look().catch(() => undefined);
  let listeners = 0;
  let watching: readonly Disposable[] = [];
  const event: Event<void> = (listener) => {
    const heard = emitter.event(listener);
    if (++listeners === 1) {
      const ofSecret = (key: string): void => {
        if (key === held.key) lookAside();
      };
      watching = [watchFile(path, lookAside), secrets.onDidChange(ofSecret)];
      lookAside();
    }
    return createDisposable(() => {
      heard.dispose();
      if (--listeners > 0) return;
      for (const part of watching) part.dispose();
      watching = [];
    });
  };
  return { onDidChange: event, check: look, expectToken: (token) => expected.add(token) };
}
