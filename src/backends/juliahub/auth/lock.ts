import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import type { Clock } from '../../../core/ports.js';

/** After so many milliseconds a lock counts as left behind; nobody holds one for so long. */
export const forgottenMs = 60_000;

/** After so many milliseconds the waiting ends. */
const patienceMs = 2 * forgottenMs;

/** Milliseconds between looks at a lock that somebody holds. */
const lookMs = 100;

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
  const holder = randomBytes(12).toString('hex');
  if (!(await take(path, holder, clock, signal))) return undefined;
  try {
    return { value: await body() };
  } finally {
    // It may have been broken by somebody who thought it forgotten, and be theirs.
    if ((await holderOf(path)) === holder) await unlink(path).catch(() => undefined);
  }
}

async function take(path: string, holder: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const startMs = clock.now().getTime();
  let seen: string | undefined;
  let seenMs = startMs;
  for (;;) {
    signal.throwIfAborted();
    const made = await make(path, holder);
    if (made !== 'taken') return made === 'made';
    const other = await holderOf(path);
    const nowMs = clock.now().getTime();
    // What stands there cannot be read or broken, or many are waiting.
    if (nowMs - startMs > patienceMs) return false;
    if (other !== seen) [seen, seenMs] = [other, nowMs];
    // Its time may be that of another machine's clock, so the waiting counts as well.
    const isForgotten = (await ageMs(path, nowMs)) > forgottenMs || nowMs - seenMs > forgottenMs;
    if (other !== undefined && isForgotten) await breakOpen(path, other);
    else await clock.sleep(lookMs, signal);
  }
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
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return 'taken';
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

const holderOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

async function ageMs(path: string, nowMs: number): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found ? nowMs - found.mtimeMs : 0;
}
