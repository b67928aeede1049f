import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Log } from '../../../core/ports.js';
import { signInOf, type AuthValues, type KeptSignIn } from './authFile.js';
import { authPath, isInsideJob, readAuthFile, writeAuthFile } from './depot.js';
import type { HeldSignIn } from './held.js';
import type { SignInParts } from './parts.js';

/** A place where a sign-in with all its tokens is kept. */
export interface Keeper {
  /** Undefined: there is none. */
  readonly read: () => Promise<KeptSignIn | undefined>;
  /** Puts new values in the place of those that are there. */
  readonly write: (values: AuthValues) => Promise<void>;
  /** Where those who renew take turns; undefined: what is there is not ours to renew. */
  readonly lock: string | undefined;
}

/** Julia's depot, shared with Julia and others; inside a job it is only read. */
export function depotKeeper(parts: SignInParts, held: HeldSignIn): Keeper {
  const { env, home, server, clock, log } = parts;
  const path = authPath({ env, home }, server);
  const read = readerOf(path, log);
  const write = async (values: AuthValues): Promise<void> => {
    try {
      await writeAuthFile(path, values, clock);
    } catch {
      // The old refresh token is spent, so the answer must not be lost.
      log.warn(`${path} could not be written; the sign-in is kept in the editor's secret storage.`);
      await held.keep({ kind: 'tokens', values, writtenMs: clock.now().getTime(), isFirst: true });
    }
  };
  return { read, write, lock: isInsideJob(env) ? undefined : lockBeside(path) };
}

/** The lock of those who write an `auth.toml`; other programs do not know it. */
export const lockBeside = (path: string): string => `${path}.lock`;

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
export function heldKeeper(held: HeldSignIn, clock: Clock): Keeper {
  const name = createHash('sha256').update(held.key).digest('hex').slice(0, 16);
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
    lock: join(tmpdir(), `batch-jobs-${name}-${String(process.getuid?.() ?? 'user')}.lock`),
  };
}
