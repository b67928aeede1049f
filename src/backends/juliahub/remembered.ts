import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Job } from '../../core/job.js';
import type { Log } from '../../core/ports.js';

/** What we know of a job that we submitted, since the server tells none of it. */
const Known = z.object({
  limitMs: z.optional(z.number()),
  node: z.optional(z.string()),
  /** The name of the script here; the server calls all of them `code.jl`. */
  script: z.optional(z.string()),
  cost: z.optional(z.string()),
  options: z.optional(z.record(z.string(), z.string())),
  /** Of the Julia manifest in its bundle. */
  manifestSha256: z.optional(z.string()),
});
export type KnownJob = z.infer<typeof Known>;

/** How many jobs are remembered, the newest. */
const most = 500;

/** Small files, one for each job, in a folder of the connection; shared by all windows. Never fails: it only adds detail. */
export interface Remembered {
  readonly of: (id: string) => Promise<KnownJob | undefined>;
  readonly put: (id: string, known: KnownJob) => Promise<void>;
  /** The job with what is remembered of it. */
  readonly complete: (job: Job) => Promise<Job>;
}

/** What is remembered in this folder, which is made when it is needed. */
export function remembered(folder: string, log: Log): Remembered {
  const pathOf = (id: string): string | undefined =>
    /^[\w.-]{1,120}$/.test(id) && !id.startsWith('.') ? join(folder, `${id}.json`) : undefined;
  const read = new Map<string, { readonly at: number; readonly known: KnownJob | undefined }>();

  const of = async (id: string): Promise<KnownJob | undefined> => {
    // Another window may have written it since, so that only a look at its age can tell.
    const path = pathOf(id);
    const at = path === undefined ? undefined : await ageOf(path);
    const last = read.get(id);
    if (at === undefined || path === undefined) return undefined;
    if (last?.at === at) return last.known;
    const known = await readKnown(path);
    read.set(id, { at, known });
    return known;
  };
  return {
    of,
    put: async (id, known) => {
      const path = pathOf(id);
      if (path === undefined) return;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const temporary = `${path}.${String(process.pid)}.tmp`;
        await writeFile(temporary, JSON.stringify(known), { mode: 0o600 });
        await rename(temporary, path);
        await forgetOld(folder);
      } catch (error) {
        log.warn(`what was submitted as ${id} is not remembered: ${String(error)}`);
      }
    },
    complete: async (job) => {
      const known = await of(job.id);
      if (!known) return job;
      const { limitMs, node, cost, script } = known;
      return {
        ...job,
        ...(limitMs === undefined ? {} : { limitMs }),
        ...(cost === undefined ? {} : { cost }),
        ...(script === undefined ? {} : { script }),
        resources: node === undefined ? job.resources : [{ label: 'Node', value: node }, ...job.resources],
      };
    },
  };
}

/** When a file was last written; undefined: it is not there. */
const ageOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

async function readKnown(path: string): Promise<KnownJob | undefined> {
  try {
    const result = Known.safeParse(JSON.parse(await readFile(path, 'utf8')));
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
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(most))
    await rm(join(folder, name), { force: true });
}
