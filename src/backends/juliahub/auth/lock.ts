import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../core/domain/ports.js';
import { hasErrorCode } from '../../../lib/errno.js';
import { readText, toHashedName } from '../../../lib/node/files.js';
import { isProcessRunning } from '../../../lib/node/programs.js';

/** After so many milliseconds a lock counts as left behind; nobody holds one for so long. */
export const forgottenMs = 60_000;

/** After so many milliseconds the waiting ends. */
const patienceMs = 2 * forgottenMs;

/** Milliseconds between looks at a lock that somebody holds. */
const lookMs = 100;

/** Gives the path of a lock, where only this user can make one. */
export type LockPath = () => Promise<string>;

/** A lock in a folder that is this user's alone, for what is named; the folder is made. */
export async function lockIn(folder: string, name: string): Promise<string> {
  // Where that fails no lock can be made, which is told then.
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => undefined);
  return join(folder, `${toHashedName(name, 16)}.lock`);
}

/**
 * The lock beside a file, where all programs of this user find it; where others may write there too, the one in a folder
 * of ours, since whoever comes first could keep a lock for good.
 */
export async function lockBeside(file: string, folder: string): Promise<string> {
  return (await isOwn(dirname(file))) ? `${file}.lock` : lockIn(folder, file);
}

/** True: nobody but this user, and the machine's administrator, can make files in this folder; or it is not there. */
async function isOwn(folder: string): Promise<boolean> {
  const own = process.getuid?.();
  if (own === undefined) return true;
  const found = await stat(folder).catch(() => undefined);
  return !found || (found.uid === own && (found.mode & 0o022) === 0);
}

/**
 * Runs `body` while nobody else, in whatever window, runs one under the same path; undefined: no lock can be made there,
 * or somebody held it for two minutes, and `body` was not run. One that was left behind is broken. The signal stops the waiting.
 */
export async function underLock<T>(
  path: string,
  body: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly value: T } | undefined> {
  const holder = `${randomBytes(12).toString('hex')} ${process.pid} ${hostname()}`;
  if (!(await take(path, holder, clock, signal))) return undefined;
  try {
    return { value: await body() };
  } finally {
    // It may have been broken by somebody who thought it forgotten, and be theirs.
    if ((await holderOf(path)) === holder) await unlink(path).catch(() => undefined);
  }
}

async function take(path: string, holder: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  let seen: string | undefined;
  // Counted by the waits: the clock of the machine may jump meanwhile.
  let [waitedMs, seenMs] = [0, 0];
  for (;;) {
    signal.throwIfAborted();
    const made = await make(path, holder);
    if (made !== 'taken') return made === 'made';
    const other = await holderOf(path);
    // What stands there cannot be read or broken, or many are waiting.
    if (waitedMs > patienceMs) return false;
    if (other !== seen) [seen, seenMs] = [other, waitedMs];
    const isForgotten = waitedMs - seenMs > forgottenMs || (await isLeft(path, other, clock));
    if (other !== undefined && isForgotten) await breakOpen(path, other);
    else await clock.sleep(lookMs, signal);
    waitedMs += lookMs;
  }
}

/** True: a lock is old, and its holder is not known to live. Its time may be that of another machine's clock. */
async function isLeft(path: string, holder: string | undefined, clock: Clock): Promise<boolean> {
  const [, pid, host] = /^[0-9a-f]+ (\d{1,10}) (.*)$/.exec(holder ?? '') ?? [];
  if (host === hostname() && isProcessRunning(Number(pid))) return false;
  return (await ageMs(path, clock.now().getTime())) > forgottenMs;
}

async function make(path: string, holder: string): Promise<'made' | 'taken' | 'impossible'> {
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
    // Windows says so while a file of that name is being removed.
    const isGoing = process.platform === 'win32' && (await holderOf(path)) !== undefined;
    return isGoing ? 'taken' : 'impossible';
  }
}

/** Removes the lock of `other`, and no lock that was made in its place meanwhile. */
async function breakOpen(path: string, other: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    // Somebody was faster.
    return;
  }
  if ((await holderOf(aside)) !== other) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

/** More than the name of a holder takes, in bytes. */
const maxHolderBytes = 4_096;

/** What stands in a lock; undefined: it cannot be read, or is no file, which is not waited for. */
const holderOf = (path: string): Promise<string | undefined> =>
  readText(path, maxHolderBytes).catch(() => undefined);

async function ageMs(path: string, nowMs: number): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return found ? nowMs - found.mtimeMs : 0;
}
