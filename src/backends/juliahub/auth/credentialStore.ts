import { join } from 'node:path';
import type { Log } from '../../../core/domain/ports.js';
import { toStoredSignIn, type AuthValues, type StoredSignIn } from './authFile.js';
import { getAuthPath, isInsideJob, readAuthFile, writeAuthFile } from './depot.js';
import type { StoredCredentialSlot } from './storedCredential.js';
import { getLockPathBeside, getLockPathIn, type LockPathResolver } from './lock.js';
import type { JuliaHubSignInDeps } from './deps.js';

/** A place where a sign-in is stored with all its tokens. */
export interface CredentialStore {
  /** Undefined if there is none. */
  readonly read: () => Promise<StoredSignIn | undefined>;
  /** Replaces the stored values. */
  readonly write: (values: AuthValues) => Promise<void>;
  /** The lock for renewals; undefined if this extension must not renew the sign-in stored there. */
  readonly lock: LockPathResolver | undefined;
}

/** Julia's depot, shared with Julia and other programs; read-only inside a job. */
export function createDepotCredentialStore(
  parts: JuliaHubSignInDeps,
  held: StoredCredentialSlot,
): CredentialStore {
  const { env, home, server, clock, log } = parts;
  const path = getAuthPath({ env, home }, server);
  const read = createAuthFileReader(path, log);
  const write = async (values: AuthValues): Promise<void> => {
    try {
      await writeAuthFile(path, values);
    } catch {
      // The previous refresh token has been used, so the response must not be lost.
      log.warn(`${path} could not be written; the sign-in is stored in VS Code's secret storage.`);
      await held.write({ kind: 'tokens', values, writtenMs: clock.now().getTime(), isFirst: true });
    }
  };
  return {
    read,
    write,
    lock: isInsideJob(env) ? undefined : () => getLockPathBeside(path, getLockFolder(parts)),
  };
}

/** Folder of locks that cannot be created beside their file; no other program uses them. */
export const getLockFolder = ({ lockFolder, home }: JuliaHubSignInDeps): string =>
  lockFolder ?? join(home, '.batch-jobs');

/** Reads the file; logs once if it becomes unreadable. */
function createAuthFileReader(path: string, log: Log): CredentialStore['read'] {
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
export function createSecretCredentialStore(
  held: StoredCredentialSlot,
  parts: JuliaHubSignInDeps,
): CredentialStore {
  const { clock } = parts;
  return {
    read: async () => {
      const found = await held.read();
      return found?.kind === 'tokens' ? toStoredSignIn(found.values, new Date(found.writtenMs)) : undefined;
    },
    write: async (values) => {
      const found = await held.read();
      // Another window has signed out or in since: that takes precedence.
      if (found?.kind !== 'tokens') return;
      await held.write({ ...found, values, writtenMs: clock.now().getTime() });
    },
    lock: () => getLockPathIn(getLockFolder(parts), held.key),
  };
}
