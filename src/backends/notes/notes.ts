import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import type { Log } from '../../core/domain/ports.js';
import { readJsonFile, writeAtomic } from '../../lib/node/files.js';

/** How many jobs are remembered, the newest. */
const most = 500;

/** What is remembered of jobs: small files in a folder of the connection, one for each, shared by all windows. Never fails. */
export interface Notes<T> {
  /** Undefined: nothing is remembered of it. */
  readonly of: (id: string) => Promise<T | undefined>;
  readonly put: (id: string, note: T) => Promise<void>;
}

/** Notes of one form in this folder, which is made when it is needed. Notes of another form are taken for none. */
export function notesIn<T>(folder: string, form: z.ZodMiniType<T>, log: Log): Notes<T> {
  const pathOf = (id: string): string | undefined =>
    /^[\w.+-]{1,120}$/.test(id) && !id.startsWith('.') ? join(folder, `${id}.json`) : undefined;
  const read = new Map<string, { readonly at: number; readonly note: T | undefined }>();
  return {
    of: async (id) => {
      // Another window may have written it since, so that only a look at its age can tell.
      const path = pathOf(id);
      const at = path === undefined ? undefined : await ageOf(path);
      const last = read.get(id);
      if (at === undefined || path === undefined) return undefined;
      if (last?.at === at) return last.note;
      const note = await readJsonFile(path, form);
      read.set(id, { at, note });
      return note;
    },
    put: async (id, note) => {
      const path = pathOf(id);
      if (path === undefined) return;
      try {
        const others = (await datedNotes(folder)).filter(({ path: other }) => other !== path);
        await writeAtomic(path, JSON.stringify(note), { makesFolder: true });
        await markNewest(path, others);
        for (const old of others.slice(most - 1)) await rm(old.path, { force: true });
      } catch (error) {
        log.warn(`what was submitted as ${id} is not remembered: ${String(error)}`);
      }
    },
  };
}

/** When a file was last written; undefined: it is not there. */
const ageOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

interface DatedNote {
  readonly path: string;
  readonly at: number;
}

/** All notes, the newest first; empty where there is no folder yet. */
async function datedNotes(folder: string): Promise<readonly DatedNote[]> {
  const names = await readdir(folder).catch(() => []);
  const dated = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    // What another window has just removed counts as the oldest.
    .map(async (path) => ({ path, at: (await ageOf(path)) ?? 0 }));
  return (await Promise.all(dated)).sort((a, b) => b.at - a.at);
}

/** Notes keep the order in which they were written, also where the clock was wrong for a while. */
async function markNewest(path: string, [newest]: readonly DatedNote[]): Promise<void> {
  const at = (await ageOf(path)) ?? 0;
  if (newest === undefined || at > newest.at) return;
  const seconds = (newest.at + 2) / 1000;
  await utimes(path, seconds, seconds);
}
