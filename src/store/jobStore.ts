import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkClock, isPlausibleTime, type ClockRecord } from '../core/clockTrust.js';
import type { JobStore, Log } from '../core/ports.js';
import { renameOver } from '../lib/renameOver.js';

/** Claims older than this are removed; a job that ended so long ago is not told of any more. */
const claimDays = 60;

const dayMs = 86_400_000;

/**
 * Remembers jobs and claims in files below `folder`, which all windows of this user share. A damaged file counts as
 * empty and is said in the log.
 */
export function fileJobStore(folder: string, log: Log): JobStore {
  const fileOf = (connection: string): string => join(folder, 'known', `${hashed(connection)}.json`);
  const claims = join(folder, 'claims');
  let tidied = false;
  return {
    read: async (connection) => {
      try {
        const value: unknown = JSON.parse(await readFile(fileOf(connection), 'utf8'));
        if (Array.isArray(value)) return value as readonly unknown[];
        log.warn(`what was remembered of ${connection} is damaged and not used`);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT')
          log.warn(`what was remembered of ${connection} cannot be read: ${String(error)}`);
      }
      return [];
    },
    write: async (connection, jobs) => {
      await mkdir(join(folder, 'known'), { recursive: true, mode: 0o700 });
      await replace(fileOf(connection), JSON.stringify(jobs));
    },
    claim: async (key) => {
      await mkdir(claims, { recursive: true, mode: 0o700 });
      if (!tidied) {
        tidied = true;
        tidy(claims, join(folder, 'clock.json')).catch((error: unknown) => {
          log.warn(`old claims are not removed: ${String(error)}`);
        });
      }
      try {
        // Made by exactly one of all windows that try.
        await (await open(join(claims, hashed(key)), 'wx', 0o600)).close();
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      }
    },
  };
}

const hashed = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Readers see the old text or the new one, never a part. */
async function replace(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    // Commands and inputs of jobs may be confidential.
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await renameOver(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function tidy(claims: string, clockFile: string): Promise<void> {
  const nowMs = Date.now();
  const before = await readClock(clockFile);
  const { record, isTrusted } = checkClock(before, nowMs);
  await replace(clockFile, JSON.stringify(record));
  // A first look says nothing of whether the clock is right.
  if (!before) return;
  // What happened is told a second time where a claim is gone.
  if (!isTrusted) return;
  const oldest = nowMs - claimDays * dayMs;
  for (const name of await readdir(claims)) {
    const path = join(claims, name);
    try {
      const { mtimeMs } = await stat(path);
      // A clock was wrong when it was made: its days are counted from now on.
      if (!isPlausibleTime(mtimeMs)) await utimes(path, nowMs / 1000, nowMs / 1000);
      else if (mtimeMs < oldest) await rm(path, { force: true });
    } catch (error) {
      // Another window was quicker.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** What the look before said; undefined: there was none, or it cannot be read. */
async function readClock(file: string): Promise<ClockRecord | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof read !== 'object' || read === null || !('lastMs' in read)) return undefined;
    const { lastMs } = read;
    const doubtMs = 'doubtMs' in read ? read.doubtMs : undefined;
    if (typeof lastMs !== 'number') return undefined;
    return typeof doubtMs === 'number' ? { lastMs, doubtMs } : { lastMs };
  } catch {
    // Not written yet, or damaged: it is written now.
    return undefined;
  }
}
