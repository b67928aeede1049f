import type { Account, Identity, SignIn, SignInForm } from '../../src/core/domain/account.js';
import { Emitter } from '../../src/lib/event.js';
import { disposable } from '../../src/lib/lifetime.js';

/** An account whose user a test changes, and which records its calls. */
export interface ScriptedAccount {
  readonly account: Account;
  /** The signed-in user; undefined: no user is signed in. */
  identity: Identity | undefined;
  /** Runs on sign-in instead of setting {@link ada} as the user. */
  answer: ((how: SignIn, signal: AbortSignal) => Promise<Identity>) | undefined;
  /** `who`, `browser`, `token abc`, `out`: in order. */
  readonly asked: string[];
  /** The number of listeners of {@link Account.changed}. */
  readonly listeners: () => number;
  /** Makes {@link Account.changed} fire. */
  change(): void;
}

/** A user. */
export const ada: Identity = { name: 'ada', kept: "Julia's depot (~/.julia)" };

function askedText(how: SignIn): string {
  switch (how.by) {
    case 'token':
      return `token ${how.token}`;
    case 'apiKey':
      return `key ${how.key}`;
    case 'password':
      return `user ${how.user} password ${how.password}`;
    default:
      return how.by;
  }
}

/** A {@link ScriptedAccount} with this user; undefined: no user is signed in. */
export function scriptedAccount(
  identity?: Identity,
  forms: readonly SignInForm[] = [{ by: 'browser' }, { by: 'token' }],
): ScriptedAccount {
  const changed = new Emitter<void>();
  let listeners = 0;
  const scripted: ScriptedAccount = {
    identity,
    answer: undefined,
    asked: [],
    listeners: () => listeners,
    change: () => {
      changed.fire();
    },
    account: {
      forms,
      who: () => {
        scripted.asked.push('who');
        return Promise.resolve(scripted.identity);
      },
      signIn: async (how, signal) => {
        scripted.asked.push(askedText(how));
        scripted.identity = (await scripted.answer?.(how, signal)) ?? ada;
        return scripted.identity;
      },
      token: () => Promise.resolve('the token'),
      signOut: () => {
        scripted.asked.push('out');
        scripted.identity = undefined;
        return Promise.resolve();
      },
      changed: (listener) => {
        listeners++;
        const listening = changed.event(listener);
        return disposable(() => {
          listeners--;
          listening.dispose();
        });
      },
    },
  };
  return scripted;
}
