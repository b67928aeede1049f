import { randomBytes } from 'node:crypto';
import { lstat, open, rm, unlink, type FileHandle } from 'node:fs/promises';
import { JobError } from '../../core/domain/problem.js';
import { throwIfAborted } from '../../lib/abort.js';
import { getErrorCode, isDiskFull } from '../../lib/errno.js';
import { lifeOf, ownIdentity } from './identity.js';
import { readHolder } from './record.js';
import { readText } from '../../lib/node/files.js';
import { retryWhileOpen } from '../../lib/node/renameOver.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourMs } from '../../lib/time.js';

/** The age in milliseconds after which a lock without a readable holder, or from another machine, is stale. */
const forgottenMs = 30_000;

/** The time in milliseconds within which a holder must write its name into the file. */
const namelessMs = 3_000;

/** The maximum time to wait for the lock, in milliseconds, by a monotonic clock. */
const patienceMs = 20_000;

/** Identifies the holder's lock: its token, or the file itself if the disk had no room for a token. */
interface Hold {
  readonly token: string;
  readonly nameless?: string;
}

/**
 * Runs `body` exclusively among all processes. For short operations only: `body` must not wait for anything outside.
 * Detects holders that died.
 *
 * @throws {@link JobError} of kind `disk` if a living holder does not release the lock.
 */
export async function withLock<T>(path: string, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const hold = await take(path, signal);
  try {
    return await body();
  } finally {
    await retryWhileOpen(async () => {
      // The lock may have been taken from us as forgotten: then it is not ours to let go.
      if (await isHeld(path, hold)) await unlink(path);
    }).catch(() => undefined);
  }
}

/** Throws where the lock cannot be read at the moment: it must not count as that of another holder. */
async function isHeld(path: string, { token, nameless }: Hold): Promise<boolean> {
  if (nameless !== undefined) return (await fileOf(path)) === nameless;
  return tokenIn(await readText(path, maxHolderBytes)) === token;
}

async function take(path: string, signal: AbortSignal | undefined): Promise<Hold> {
  const token = randomBytes(9).toString('base64url');
  const holder = JSON.stringify({ identity: ownIdentity(), token });
  const until = performance.now() + patienceMs;
  const watch = watchHolder(path);
  for (let attempt = 1; ; attempt++) {
    if (signal) throwIfAborted(signal);
    const made = await create(path, holder);
    if (made) return { token, ...(made === 'written' ? {} : { nameless: made.nameless }) };
    const silent = await watch();
    if (silent !== undefined || (await isForgotten(path))) await breakOpen(path, silent);
    else if (performance.now() > until) {
      throw new JobError({ kind: 'disk', path, why: 'another process does not let go of this lock' });
    }
    await sleep(2 + Math.random() * Math.min(attempt, 20));
  }
}

/**
 * Finds a lock without a name that has been unchanged for so long that its holder will not write one; also if the
 * clock was set back, so that the file seems to be from the future. Undefined if there is none.
 */
function watchHolder(path: string): () => Promise<string | undefined> {
  let seen: { readonly file: string; readonly sinceMs: number } | undefined;
  return async () => {
    const text = await textOf(path);
    const file = text !== undefined && 'broken' in readHolder(text) ? await fileOf(path) : undefined;
    if (file === undefined) seen = undefined;
    else if (seen?.file !== file) seen = { file, sinceMs: performance.now() };
    return seen && performance.now() - seen.sinceMs > namelessMs ? seen.file : undefined;
  };
}

/** Identifies a file, as opposed to a later one with the same path; undefined if it does not exist. */
const fileOf = (path: string): Promise<string | undefined> =>
  lstat(path).then(
    ({ ino, ctimeMs }) => `${String(ino)} ${String(ctimeMs)}`,
    () => undefined,
  );

/** Creates the file, on a full disk without content; undefined if it exists. */
async function create(path: string, text: string): Promise<'written' | { nameless: string } | undefined> {
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
    const nameless = isDiskFull(error) ? await emptied(file, path) : undefined;
    if (nameless !== undefined) return { nameless };
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

const emptied = async (file: FileHandle, path: string): Promise<string | undefined> => {
  await file.truncate(0).catch(() => undefined);
  return fileOf(path);
};

async function isForgotten(path: string): Promise<boolean> {
  const text = await textOf(path);
  if (text === undefined) return false;
  const read = readHolder(text);
  const life = 'value' in read ? lifeOf(read.value.identity) : undefined;
  if (life === 'dead') return true;
  if (life === 'alive') return false;
  const age = await ageOf(path);
  // Clocks do not differ that much: one was set back.
  return age > (life === 'elsewhere' ? forgottenMs : namelessMs) || age < -hourMs;
}

/**
 * Removes a stale lock. If two processes find it at the same time, one must not remove the lock that the other then
 * takes: the removal has its own lock, under which the check is repeated.
 */
async function breakOpen(path: string, silent: string | undefined): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await create(breaking, String(process.pid)))) {
    if (Math.abs(await ageOf(breaking)) > forgottenMs) await remove(breaking);
    return;
  }
  try {
    const isSilent = silent !== undefined && (await fileOf(path)) === silent;
    if (isSilent || (await isForgotten(path))) await remove(path);
  } finally {
    await unlink(breaking).catch(() => undefined);
  }
}

async function ageOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}

/** Deletes a stale file or whatever has its path. Never fails. */
const remove = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true }).catch(() => undefined);

/** The maximum size of a holder's name, in bytes. */
const maxHolderBytes = 65_536;

/** The content of a lock; empty if it is a folder, a pipe or a link. Undefined if unreadable. */
async function textOf(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isFile() || found.size > maxHolderBytes) return '';
  return readText(path, maxHolderBytes).catch(() => undefined);
}

function tokenIn(text: string): string | undefined {
  const read = readHolder(text);
  return 'value' in read ? read.value.token : undefined;
}
