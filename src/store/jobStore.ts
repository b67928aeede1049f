import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { checkClock, isPlausibleTime, type ClockRecord } from '../lib/clockTrust.js';
import type { JobStore, Log } from '../core/domain/ports.js';
import { hasErrorCode } from '../lib/errno.js';
import { claimFile, readText, toHashedName, writeAtomic } from '../lib/node/files.js';
import { dayMs } from '../lib/time.js';
import { parseJson } from '../lib/json.js';

/** Claims older than this are deleted; jobs that finished earlier are no longer reported. */
const claimDays = 60;

/**
 * Stores jobs and claims in files below `folder`, which all windows of the user share. A damaged file counts
 * as empty and is logged.
 */
export function createFileJobStore(folder: string, log: Log): JobStore {
  const toFile = (connection: string): string => join(folder, 'known', `${toHashedKey(connection)}.json`);
  const claims = join(folder, 'claims');
  let tidied = false;
  return {
    read: async (connection) => {
      try {
        const value: unknown = JSON.parse(await readFile(toFile(connection), 'utf8'));
        if (Array.isArray(value)) return value as readonly unknown[];
        log.warn(`the stored jobs of ${connection} are damaged and ignored`);
      } catch (error) {
        if (!hasErrorCode(error, 'ENOENT'))
          log.warn(`the stored jobs of ${connection} cannot be read: ${String(error)}`);
      }
      return [];
    },
    write: async (connection, jobs) => {
      // Commands and inputs of jobs can be confidential.
      await writeAtomic(toFile(connection), JSON.stringify(jobs), { createParent: true });
    },
    claim: async (key) => {
      await mkdir(claims, { recursive: true, mode: 0o700 });
      if (!tidied) {
        tidied = true;
        removeOldClaims(claims, join(folder, 'clock.json')).catch((error: unknown) => {
          log.warn(`old claims could not be deleted: ${String(error)}`);
        });
      }
      return claimFile(join(claims, toHashedKey(key)));
    },
  };
}

const toHashedKey = (key: string): string => toHashedName(key, 32);

async function removeOldClaims(claims: string, clockFile: string): Promise<void> {
  const nowMs = Date.now();
  const before = await readClock(clockFile);
  const { record, isTrusted } = checkClock(before, nowMs);
  await writeAtomic(clockFile, JSON.stringify(record));
  // A first check cannot determine whether the clock is correct.
  if (!before) return;
  // If a claim is deleted too early, its event is reported again.
  if (!isTrusted) return;
  const oldest = nowMs - claimDays * dayMs;
  for (const name of await readdir(claims)) {
    const path = join(claims, name);
    try {
      const { mtimeMs } = await stat(path);
      // It was created with a wrong clock: its age is counted from now on.
      if (!isPlausibleTime(mtimeMs)) await utimes(path, nowMs / 1000, nowMs / 1000);
      else if (mtimeMs < oldest) await rm(path, { force: true });
    } catch (error) {
      // Another window has deleted it.
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    }
  }
}

/** The previous check; undefined if there was none or it cannot be read. */
async function readClock(file: string): Promise<ClockRecord | undefined> {
  const read = parseJson(await readText(file).catch(() => ''));
  if (typeof read !== 'object' || read === null || !('lastMs' in read)) return undefined;
  const { lastMs } = read;
  const doubtMs = 'doubtMs' in read ? read.doubtMs : undefined;
  if (typeof lastMs !== 'number') return undefined;
  return typeof doubtMs === 'number' ? { lastMs, doubtMs } : { lastMs };
}
