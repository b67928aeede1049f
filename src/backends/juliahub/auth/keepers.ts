import { join } from 'node:path';
import type { Log } from '../../../core/domain/ports.js';
import { signInOf, type AuthValues, type KeptSignIn } from './authFile.js';
import { authPath, isInsideJob, readAuthFile, writeAuthFile } from './depot.js';
import type { HeldSignIn } from './held.js';
import { lockBeside, lockIn, type LockPath } from './lock.js';
import type { SignInParts } from './parts.js';

/** A place where a sign-in is stored with all its tokens. */
export interface Keeper {
  /** Undefined if there is none. */
  readonly read: () => Promise<KeptSignIn | undefined>;
  /** Replaces the stored values. */
  readonly write: (values: AuthValues) => Promise<void>;
  /** The lock for renewals; undefined if this extension must not renew the sign-in stored there. */
  readonly lock: LockPath | undefined;
}

/** Julia's depot, shared with Julia and other programs; read-only inside a job. */
export function depotKeeper(parts: SignInParts, held: HeldSignIn): Keeper {
  const { env, home, server, clock, log } = parts;
  const path = authPath({ env, home }, server);
  const read = readerOf(path, log);
  const write = async (values: AuthValues): Promise<void> => {
    try {
      await writeAuthFile(path, values);
    } catch {
      // The previous refresh token has been used, so the response must not be lost.
      log.warn(`${path} could not be written; the sign-in is stored in the editor's secret storage.`);
      await held.keep({ kind: 'tokens', values, writtenMs: clock.now().getTime(), isFirst: true });
    }
  };
  return { read, write, lock: isInsideJob(env) ? undefined : () => lockBeside(path, lockFolderOf(parts)) };
}

/** Folder of locks that cannot be created beside their file; no other program uses them. */
export const lockFolderOf = ({ lockFolder, home }: SignInParts): string =>
  lockFolder ?? join(home, '.batch-jobs');

/** Reads the file; logs once if it becomes unreadable. */
function readerOf(path: string, log: Log): Keeper['read'] {
  let isTold = false;
  return async () => {
    const kept = await readAuthFile(path);
    if (kept === 'unreadable' && !isTold)
      log.warn(`${path} contains no readable sign-in; it counts as signed out.`);
    isTold = kept === 'unreadable';
    return kept === 'unreadable' ? undefined : kept;
  };
}

/** Tokens of a browser sign-in stored in the editor. */
export function heldKeeper(held: HeldSignIn, parts: SignInParts): Keeper {
  const { clock } = parts;
  return {
    read: async () => {
      const found = await held.read();
      return found?.kind === 'tokens' ? signInOf(found.values, new Date(found.writtenMs)) : undefined;
    },
    write: async (values) => {
      const found = await held.read();
      // Another window has signed out or in since: that takes precedence.
      if (found?.kind !== 'tokens') return;
      await held.keep({ ...found, values, writtenMs: clock.now().getTime() });
    },
    lock: () => lockIn(lockFolderOf(parts), held.key),
  };
}
