import { neverAborted } from '../../lib/abort.js';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basename } from 'node:path/posix';
import type { Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { AskRetention, ExpiredJob } from '../../core/domain/retention.js';
import { findRoot, removeFolder, type HostFiles } from '../../remote/folders.js';
import { run } from '../../remote/run.js';
import { isClockTrusted, settleExpired } from '../notes/retention.js';
import { batchName, folderForm } from './submit/submission.js';

/** How long the folders of ended jobs stay on the cluster. */
export interface Retention {
  /** As for staging. */
  readonly root: string;
  /** The setting that says for how many days, for the question. */
  readonly setting: string;
  /** 0: for ever. */
  readonly days: () => number;
  /** Folders in which jobs wait or run, absolute; rejects where that is not known. */
  readonly inUse: () => Promise<ReadonlySet<string>>;
  /** A folder of this connection on this machine, absolute, for what the user agreed to and has seen. */
  readonly folder: string;
  /** Called with the folders that were deleted. Never fails. */
  readonly onDeleted?: (folders: ReadonlySet<string>) => Promise<void>;
  /** Asks the user before folders are removed; absent: nobody can be asked, and none is. */
  readonly ask?: AskRetention | undefined;
  readonly log: Log;
}

/** So many folders at most are looked at in one round; the next submission goes on. */
const maxFolders = 500;

/**
 * Removes what is too old below the root, as far as the user has agreed: only folders that have our form of name and hold
 * our script, in which nothing was written for so long and no job waits or runs; without a question, what is left, a day
 * later, of those that were never filled. Nothing where the cluster's clock may have jumped. Never fails; a submission
 * does not wait for it.
 */
export async function removeOld(files: HostFiles, retention: Retention): Promise<void> {
  const { days, log } = retention;
  const { place } = files;
  if (days() <= 0) return;
  try {
    const found = await oldFolders(files, retention);
    if (!(await isClockTrusted(retention.folder, found.nowMs))) return;
    for (const { path } of found.folders.filter(({ isLitter }) => isLitter)) {
      await removeFolder(files, path, neverAborted);
      log.info(`removed ${path} on ${place}, which was never filled`);
    }
    const [kept, seen] = await Promise.all([marked(retention, 'keep'), marked(retention, 'seen')]);
    const jobs = found.folders
      .filter(({ path, isLitter }) => !isLitter && !kept.has(basename(path)))
      .map(({ path, hasOutputs }): ExpiredJob => {
        const name = basename(path);
        return { id: name, name: path, hasUnseenResults: hasOutputs && !seen.has(name), ...endedOf(name) };
      });
    const deleted = new Set<string>();
    await settleExpired(jobs, {
      folder: retention.folder,
      place,
      settings: [retention.setting],
      bounds: { count: 0, days: Math.ceil(days()) },
      ask: retention.ask,
      remove: removerOf(files, retention, deleted),
      keep: ({ id }) => markFolder(retention, 'keep', id),
      nowMs: Date.now(),
      log,
    }).finally(() => retention.onDeleted?.(deleted));
  } catch (error) {
    log.warn(`old folders on ${place} could not be removed: ${String(error)}`);
  }
}

/** Remembers that the user has seen result files in this folder of a job. Never fails. */
export const markFolderSeen = (retention: Pick<Retention, 'folder'>, folder: string): Promise<void> =>
  markFolder(retention, 'seen', basename(folder)).catch(() => undefined);

type Mark = 'seen' | 'keep';

/** Folders' names are shared by no two jobs, so that a file of that name says it. */
async function markFolder({ folder }: Pick<Retention, 'folder'>, mark: Mark, name: string): Promise<void> {
  if (!folderForm.test(name)) return;
  await mkdir(join(folder, mark), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, mark, name), '', { mode: 0o600 });
}

const marked = async ({ folder }: Retention, mark: Mark): Promise<ReadonlySet<string>> =>
  new Set(await readdir(join(folder, mark)).catch(() => []));

/** When it was submitted, as its name says. */
function endedOf(name: string): Pick<ExpiredJob, 'ended'> {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)-/.exec(name) ?? [];
  const ended = new Date(`${year ?? ''}-${month ?? ''}-${day ?? ''}T00:00:00Z`);
  return Number.isNaN(ended.getTime()) ? {} : { ended };
}

interface OldFolder {
  readonly path: string;
  /** True: a job left files in it beside what was sent. */
  readonly hasOutputs: boolean;
  /** True: it was never filled, and nothing was submitted from it. */
  readonly isLitter: boolean;
}

/** The old folders in which no job waits or runs, and the cluster's time, in milliseconds. */
async function oldFolders(
  files: HostFiles,
  { root, days, inUse }: Retention,
): Promise<{ readonly nowMs: number; readonly folders: readonly OldFolder[] }> {
  const argv = ['sh', '-c', list, 'sh', root, String(Math.ceil(days()))];
  const { code, output, errors } = await run(files.host, { argv }, { ...files, ms: 60_000 }, neverAborted);
  if (code !== 0) throw new JobError({ kind: 'refused', place: files.place, words: errors.trim() });
  const lines = output.split('\n');
  const seconds = lines
    .map((line) => /^now (\d{1,12})$/.exec(line)?.[1])
    .find((found) => found !== undefined);
  if (seconds === undefined) throw new JobError({ kind: 'badAnswer', place: files.place, what: 'date' });
  const all = lines.flatMap((line): readonly OldFolder[] => {
    const [, kind, path = ''] = /^(litter|plain|outputs) (\/.*)$/.exec(line) ?? [];
    if (kind === undefined || !folderForm.test(basename(path))) return [];
    return [{ path, hasOutputs: kind === 'outputs', isLitter: kind === 'litter' }];
  });
  // By their names, which no two share: the way to a folder may go over a link.
  const used = new Set([...(all.length > 0 ? await inUse() : [])].map((path) => basename(path)));
  const folders = all.filter(({ path }) => !used.has(basename(path))).slice(0, maxFolders);
  return { nowMs: Number(seconds) * 1000, folders };
}

/** Milliseconds for which a look at the folders is good enough to remove some. */
const freshMs = 60_000;

/** Removes folders; the user may have taken days to answer, and what was used again since stays. */
function removerOf(
  files: HostFiles,
  retention: Retention,
  deleted: Set<string>,
): (job: ExpiredJob) => Promise<void> {
  let last: { readonly atMs: number; readonly paths: ReadonlySet<string> } | undefined;
  return async ({ name: path }) => {
    const atMs = performance.now();
    if (!last || atMs - last.atMs > freshMs) {
      const { folders } = await oldFolders(files, retention);
      last = { atMs, paths: new Set(folders.map((one) => one.path)) };
    }
    if (!last.paths.has(path)) return;
    await removeFolder(files, path, neverAborted);
    deleted.add(path);
  };
}

/**
 * A folder is as old as the newest thing in it, and young where that cannot be told: also where all of it is said to be
 * from before 2000, when a clock was wrong. One that was never filled, since the way broke while files were sent and could
 * not be taken back, needs no longer than the sending may take: it has no script. What was sent bears the time 1970.
 */
const list = `
${findRoot}
echo "now $(date +%s)"
cd -- "$root" 2>/dev/null || exit 0
at=$(pwd -P) || exit 0
known=$(( ($(date +%s) - 946684800) / 86400 ))
for d in [0-9]*-[0-9]*-*; do
  [ ! -L "$d" ] && [ -d "$d/work" ] || continue
  days=$2 kind=plain
  if [ ! -f "$d/${batchName}" ]; then
    [ "$(ls -A "./$d")" = work ] || continue
    days=1 kind=litter
  fi
  [ -z "$({ find "./$d" -mtime "-$days" -print 2>/dev/null || echo unknown; } | head -n 1)" ] || continue
  [ -n "$(find "./$d" -mtime "-$known" -print 2>/dev/null | head -n 1)" ] || continue
  if [ $kind = plain ] && [ -n "$(find "./$d/work" ! -type d -mtime "-$known" -print 2>/dev/null | head -n 1)" ]; then
    kind=outputs
  fi
  echo "$kind $at/$d"
done
`;
