import { join } from 'node:path';
import type { Log } from '../../../core/ports.js';
import { signInOf, type AuthValues, type KeptSignIn } from './authFile.js';
import { authPath, isInsideJob, readAuthFile, writeAuthFile } from './depot.js';
import type { HeldSignIn } from './held.js';
import { lockBeside, lockIn, type LockPath } from './lock.js';
import type { SignInParts } from './parts.js';

/** A place where a sign-in with all its tokens is kept. */
export interface Keeper {
  /** Undefined: there is none. */
  readonly read: () => Promise<KeptSignIn | undefined>;
  /** Puts new values in the place of those that are there. */
  readonly write: (values: AuthValues) => Promise<void>;
  /** Where those who renew take turns; undefined: what is there is not ours to renew. */
  readonly lock: LockPath | undefined;
}

/** Julia's depot, shared with Julia and others; inside a job it is only read. */
export function depotKeeper(parts: SignInParts, held: HeldSignIn): Keeper {
  const { env, home, server, clock, log } = parts;
  const path = authPath({ env, home }, server);
  const read = readerOf(path, log);
  const write = async (values: AuthValues): Promise<void> => {
    try {
      await writeAuthFile(path, values);
    } catch {
      // The old refresh token is spent, so the answer must not be lost.
      log.warn(`${path} could not be written; the sign-in is kept in the editor's secret storage.`);
      await held.keep({ kind: 'tokens', values, writtenMs: clock.now().getTime(), isFirst: true });
    }
  };
  return { read, write, lock: isInsideJob(env) ? undefined : () => lockBeside(path, lockFolderOf(parts)) };
}

/** Where locks are that cannot stand beside their file; other programs know none of them. */
export const lockFolderOf = ({ lockFolder, home }: SignInParts): string =>
  lockFolder ?? join(home, '.batch-jobs');

/** Says once of each state of a file that nothing can be made of it. */
function readerOf(path: string, log: Log): Keeper['read'] {
  let isTold = false;
  return async () => {
    const kept = await readAuthFile(path);
    if (kept === 'unreadable' && !isTold)
      log.warn(`${path} holds no sign-in that can be read; it counts as signed out.`);
    isTold = kept === 'unreadable';
    return kept === 'unreadable' ? undefined : kept;
  };
}

/** Tokens of a sign-in of ours that the editor holds. */
export function heldKeeper(held: HeldSignIn, parts: SignInParts): Keeper {
  const { clock } = parts;
  return {
    read: async () => {
      const found = await held.read();
      return found?.kind === 'tokens' ? signInOf(found.values, new Date(found.writtenMs)) : undefined;
    },
    write: async (values) => {
      const found = await held.read();
      // Somebody has signed out or in otherwise meanwhile: that holds.
      if (found?.kind !== 'tokens') return;
      await held.keep({ ...found, values, writtenMs: clock.now().getTime() });
    },
    lock: () => lockIn(lockFolderOf(parts), held.key),
  };
}
