import type { Account, AccountIdentity, SignInRequest, SignInMethod } from '../../src/core/domain/account.js';
import { Emitter } from '../../src/lib/event.js';
import { createDisposable } from '../../src/lib/lifetime.js';

/** An account whose user a test changes, and which records its calls. */
export interface ScriptedAccount {
  readonly account: Account;
  /** The signed-in user; undefined: no user is signed in. */
  identity: AccountIdentity | undefined;
  /** Runs on sign-in instead of setting {@link ada} as the user. */
  answer: ((how: SignInRequest, signal: AbortSignal) => Promise<AccountIdentity>) | undefined;
  /** `who`, `browser`, `token abc`, `out`: in order. */
  readonly asked: string[];
  /** The number of listeners of {@link Account.onDidChange}. */
  readonly listeners: () => number;
  /** Makes {@link Account.onDidChange} fire. */
  change(): void;
}

/** A user. */
export const ada: AccountIdentity = { name: 'ada', storage: "Julia's depot (~/.julia)" };

function askedText(how: SignInRequest): string {
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
  identity?: AccountIdentity,
  forms: readonly SignInMethod[] = [{ by: 'browser' }, { by: 'token' }],
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
      methods: forms,
      getIdentity: () => {
        scripted.asked.push('who');
        return Promise.resolve(scripted.identity);
      },
      signIn: async (how, signal) => {
        scripted.asked.push(askedText(how));
        scripted.identity = (await scripted.answer?.(how, signal)) ?? ada;
        return scripted.identity;
      },
      getToken: () => Promise.resolve('the token'),
      signOut: () => {
        scripted.asked.push('out');
        scripted.identity = undefined;
        return Promise.resolve();
      },
      onDidChange: (listener) => {
        listeners++;
        const listening = changed.event(listener);
        return createDisposable(() => {
          listeners--;
          listening.dispose();
        });
      },
    },
  };
  return scripted;
}
