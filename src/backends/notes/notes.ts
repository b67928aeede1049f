import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import type { Log } from '../../core/ports.js';

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
      const note = await readNote(path, form);
      read.set(id, { at, note });
      return note;
    },
    put: async (id, note) => {
      const path = pathOf(id);
      if (path === undefined) return;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await replace(path, JSON.stringify(note));
        await forgetOld(folder);
      } catch (error) {
        log.warn(`what was submitted as ${id} is not remembered: ${String(error)}`);
      }
    },
  };
}

/** Readers see the old text or the new one, never a part, whoever writes at the same time. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    // What went wrong first is what is told.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** When a file was last written; undefined: it is not there. */
const ageOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

async function readNote<T>(path: string, form: z.ZodMiniType<T>): Promise<T | undefined> {
  try {
    const result = form.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return result.success ? result.data : undefined;
  } catch {
    // Not one of ours, or written by nobody.
    return undefined;
  }
}

async function forgetOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  if (names.length <= most) return;
  const dated = await Promise.all(
    // What another window has just removed counts as the oldest.
    names.map(async (name) => ({ name, at: (await ageOf(join(folder, name))) ?? 0 })),
  );
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(most))
    await rm(join(folder, name), { force: true });
}
