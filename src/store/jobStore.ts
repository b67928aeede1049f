import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobStore, Log } from '../core/ports.js';

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
        tidy(claims).catch((error: unknown) => {
          log.warn(`old claims are not removed: ${String(error)}`);
        });
      }
      try {
        // Made by exactly one of all windows that try.
        await (await open(join(claims, hashed(key)), 'wx')).close();
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
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function tidy(claims: string): Promise<void> {
  const oldest = Date.now() - claimDays * dayMs;
  for (const name of await readdir(claims)) {
    const path = join(claims, name);
    try {
      if ((await stat(path)).mtimeMs < oldest) await rm(path, { force: true });
    } catch (error) {
      // Another window was quicker.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}
