import { randomBytes } from 'node:crypto';
import { lstat, open, rm, unlink, type FileHandle } from 'node:fs/promises';
import { JobError } from '../../core/domain/problem.js';
import { throwIfAborted } from '../../lib/abort.js';
import { getErrorCode, isDiskFull } from '../../lib/errno.js';
import { getProcessLife, getOwnIdentity } from './processIdentity.js';
import { parseLockHolder } from './record.js';
import { readText } from '../../lib/node/files.js';
import { retryWhileOpen } from '../../lib/node/renameOver.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourMs } from '../../lib/time.js';

/** The age in milliseconds after which a lock without a readable holder, or from another machine, is stale. */
const staleLockMs = 30_000;

/** The time in milliseconds within which a holder must write its name into the file. */
const namelessLockMs = 3_000;

/** The maximum time to wait for the lock, in milliseconds, by a monotonic clock. */
const lockTimeoutMs = 20_000;

/** Identifies the holder's lock: its token, or the file itself if the disk had no room for a token. */
interface LockHold {
  readonly token: string;
  readonly nameless?: string;
}

/**
 * Runs `body` exclusively among all processes. For short operations only: `body` must not wait for anything outside.
 * Detects holders that died.
 *
 * @throws {@link JobError} of kind `disk` if a living holder does not release the lock.
 */
export async function withSpoolLock<T>(
  path: string,
  body: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const hold = await acquireLock(path, signal);
  try {
    return await body();
  } finally {
    await retryWhileOpen(async () => {
      // The lock may have been taken from us as forgotten: then it is not ours to let go.
      if (await isLockHeld(path, hold)) await unlink(path);
    }).catch(() => undefined);
  }
}

/** Throws where the lock cannot be read at the moment: it must not count as that of another holder. */
async function isLockHeld(path: string, { token, nameless }: LockHold): Promise<boolean> {
  if (nameless !== undefined) return (await getFileIdentity(path)) === nameless;
  return parseLockToken(await readText(path, maxHolderBytes)) === token;
}

async function acquireLock(path: string, signal: AbortSignal | undefined): Promise<LockHold> {
  const token = randomBytes(9).toString('base64url');
  const holder = JSON.stringify({ identity: getOwnIdentity(), token });
  const until = performance.now() + lockTimeoutMs;
  const watch = createHolderWatch(path);
  for (let attempt = 1; ; attempt++) {
    if (signal) throwIfAborted(signal);
    const made = await createLockFile(path, holder);
    if (made) return { token, ...(made === 'written' ? {} : { nameless: made.nameless }) };
    const silent = await watch();
    if (silent !== undefined || (await isStaleLock(path))) await breakStaleLock(path, silent);
    else if (performance.now() > until) {
      throw new JobError({ kind: 'disk', path, why: 'lock held by another process' });
    }
    await sleep(2 + Math.random() * Math.min(attempt, 20));
  }
}

/**
 * Finds a lock without a name that has been unchanged for so long that its holder will not write one; also if the
 * clock was set back, so that the file seems to be from the future. Undefined if there is none.
 */
function createHolderWatch(path: string): () => Promise<string | undefined> {
  let seen: { readonly file: string; readonly sinceMs: number } | undefined;
  return async () => {
    const text = await readLockText(path);
    const file =
      text !== undefined && 'broken' in parseLockHolder(text) ? await getFileIdentity(path) : undefined;
    if (file === undefined) seen = undefined;
    else if (seen?.file !== file) seen = { file, sinceMs: performance.now() };
    return seen && performance.now() - seen.sinceMs > namelessLockMs ? seen.file : undefined;
  };
}

/** Identifies a file, as opposed to a later one with the same path; undefined if it does not exist. */
const getFileIdentity = (path: string): Promise<string | undefined> =>
  lstat(path).then(
    ({ ino, ctimeMs }) => `${String(ino)} ${String(ctimeMs)}`,
    () => undefined,
  );

/** Creates the file, on a full disk without content; undefined if it exists. */
async function createLockFile(
  path: string,
  text: string,
): Promise<'written' | { nameless: string } | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    const code = getErrorCode(error) ?? '';
    // Windows reports EPERM while a file with that name is being deleted.
    if (code === 'EEXIST' || (process.platform === 'win32' && code === 'EPERM')) return undefined;
    throw error;
  }
  try {
    await file.writeFile(text);
    return 'written';
  } catch (error) {
    // Cancelling a job must be possible on a full disk. The lock is held briefly, so that it is not taken for stale
    // meanwhile.
    const nameless = isDiskFull(error) ? await discardLockFile(file, path) : undefined;
    if (nameless !== undefined) return { nameless };
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

const discardLockFile = async (file: FileHandle, path: string): Promise<string | undefined> => {
  await file.truncate(0).catch(() => undefined);
  return getFileIdentity(path);
};

async function isStaleLock(path: string): Promise<boolean> {
  const text = await readLockText(path);
  if (text === undefined) return false;
  const read = parseLockHolder(text);
  const life = 'value' in read ? getProcessLife(read.value.identity) : undefined;
  if (life === 'dead') return true;
  if (life === 'alive') return false;
  const age = await getLockAgeMs(path);
  // Clocks do not differ that much: one was set back.
  return age > (life === 'elsewhere' ? staleLockMs : namelessLockMs) || age < -hourMs;
}

/**
 * Removes a stale lock. If two processes find it at the same time, one must not remove the lock that the other then
 * takes: the removal has its own lock, under which the check is repeated.
 */
async function breakStaleLock(path: string, silent: string | undefined): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await createLockFile(breaking, String(process.pid)))) {
    if (Math.abs(await getLockAgeMs(breaking)) > staleLockMs) await removeLeftover(breaking);
    return;
  }
  try {
    const isSilent = silent !== undefined && (await getFileIdentity(path)) === silent;
    if (isSilent || (await isStaleLock(path))) await removeLeftover(path);
  } finally {
    await unlink(breaking).catch(() => undefined);
  }
}

async function getLockAgeMs(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}

/** Deletes a stale file or whatever has its path. Never fails. */
const removeLeftover = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true }).catch(() => undefined);

/** The maximum size of a holder's name, in bytes. */
const maxHolderBytes = 65_536;

/** The content of a lock; empty if it is a folder, a pipe or a link. Undefined if unreadable. */
async function readLockText(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isFile() || found.size > maxHolderBytes) return '';
  return readText(path, maxHolderBytes).catch(() => undefined);
}

function parseLockToken(text: string): string | undefined {
  const read = parseLockHolder(text);
  return 'value' in read ? read.value.token : undefined;
}
