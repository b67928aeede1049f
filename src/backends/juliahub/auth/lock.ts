import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../core/domain/ports.js';
import { hasErrorCode } from '../../../lib/errno.js';
import { readText, toHashedName } from '../../../lib/node/files.js';
import { isProcessRunning } from '../../../lib/node/programs.js';

/** Age in milliseconds after which a lock is stale; a lock is never held that long. */
export const staleLockMs = 60_000;

/** Maximum wait for a lock, in milliseconds. */
const lockTimeoutMs = 2 * staleLockMs;

/** Milliseconds between checks of a lock that is held. */
const lockPollMs = 100;

/** Returns the path of a lock, in a folder where only this user can create files. */
export type LockPathResolver = () => Promise<string>;

/** The path of the lock with this name in a folder that only this user can access; creates the folder. */
export async function getLockPathIn(folder: string, name: string): Promise<string> {
  // If this fails, creating the lock fails too, which is reported then.
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => undefined);
  return join(folder, `${toHashedName(name, 16)}.lock`);
}

/**
 * The path of the lock beside a file, where all programs of this user find it; in the given folder if other
 * users can write beside the file, since they could hold the lock permanently.
 */
export async function getLockPathBeside(file: string, folder: string): Promise<string> {
  return (await isOwnFolder(dirname(file))) ? `${file}.lock` : getLockPathIn(folder, file);
}

/**
 * True if only this user and the machine's administrator can create files in this folder, or if it does not
 * exist.
 */
async function isOwnFolder(folder: string): Promise<boolean> {
  const own = process.getuid?.();
  if (own === undefined) return true;
  const found = await stat(folder).catch(() => undefined);
  return !found || (found.uid === own && (found.mode & 0o022) === 0);
}

/**
 * Runs `body` while holding the lock at `path`, across windows. Undefined if the lock could not be created or
 * was held for two minutes; `body` was not run then. A stale lock is broken. The signal ends the wait.
 */
export async function withCredentialLock<T>(
  path: string,
  body: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly value: T } | undefined> {
  const holder = `${randomBytes(12).toString('hex')} ${process.pid} ${hostname()}`;
  if (!(await acquireLock(path, holder, clock, signal))) return undefined;
  try {
    return { value: await body() };
  } finally {
    // Another process may have considered the lock stale and replaced it.
    if ((await readLockHolder(path)) === holder) await unlink(path).catch(() => undefined);
  }
}

async function acquireLock(
  path: string,
  holder: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  let seen: string | undefined;
  // Measured by the waits, since the machine's clock can jump.
  let [waitedMs, seenMs] = [0, 0];
  for (;;) {
    signal.throwIfAborted();
    const made = await createLockFile(path, holder);
    if (made !== 'taken') return made === 'made';
    const other = await readLockHolder(path);
    // The lock can neither be read nor broken, or many processes are waiting.
    if (waitedMs > lockTimeoutMs) return false;
    if (other !== seen) [seen, seenMs] = [other, waitedMs];
    const isForgotten = waitedMs - seenMs > staleLockMs || (await isStaleLock(path, other, clock));
    if (other !== undefined && isForgotten) await breakStaleLock(path, other);
    else await clock.sleep(lockPollMs, signal);
    waitedMs += lockPollMs;
  }
}

/**
 * True if a lock is stale and its holder is not known to run. Its modification time can be from another
 * machine's clock.
 */
async function isStaleLock(path: string, holder: string | undefined, clock: Clock): Promise<boolean> {
  const [, pid, host] = /^[0-9a-f]+ (\d{1,10}) (.*)$/.exec(holder ?? '') ?? [];
  if (host === hostname() && isProcessRunning(Number(pid))) return false;
  return (await getLockAgeMs(path, clock.now().getTime())) > staleLockMs;
}

async function createLockFile(path: string, holder: string): Promise<'made' | 'taken' | 'impossible'> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(holder);
    } finally {
      await file.close();
    }
    return 'made';
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return 'taken';
    // Windows reports this while a file with that name is being deleted.
    const isGoing = process.platform === 'win32' && (await readLockHolder(path)) !== undefined;
    return isGoing ? 'taken' : 'impossible';
  }
}

/** Deletes another holder's lock, but not a lock that has replaced it since. */
async function breakStaleLock(path: string, other: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    // Another process was faster.
    return;
  }
  if ((await readLockHolder(aside)) !== other) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

/** Maximum length of a lock's content, in bytes. */
const maxHolderBytes = 4_096;

/** The content of a lock; undefined if it cannot be read or is not a file, which is not waited for. */
const readLockHolder = (path: string): Promise<string | undefined> =>
  readText(path, maxHolderBytes).catch(() => undefined);

async function getLockAgeMs(path: string, nowMs: number): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return found ? nowMs - found.mtimeMs : 0;
}
