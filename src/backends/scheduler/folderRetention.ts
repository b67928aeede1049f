import { neverAborted } from '../../lib/abort.js';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basename } from 'node:path/posix';
import type { Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { RetentionPrompter, ExpiredJob } from '../../core/domain/retention.js';
import { resolveRootScript, removeFolder, type HostFileSystem } from '../../remote/hostFiles.js';
import { runOnHost } from '../../remote/runOnHost.js';
import { isClockTrusted, removeExpiredJobs } from '../jobFacts/expiredJobs.js';
import { batchFileName, jobFolderPattern } from './submit/submission.js';

/** How long the folders of finished jobs are kept on the cluster. */
export interface FolderRetention {
  /** The folder of job folders, as for staging. */
  readonly root: string;
  /** The setting with the number of days, for the prompt. */
  readonly setting: string;
  /** 0: forever. */
  readonly days: () => number;
  /** The folders of queued and running jobs, absolute; rejects if unknown. */
  readonly listFoldersInUse: () => Promise<ReadonlySet<string>>;
  /** A local folder of this connection, absolute, for the user's consent and the folders they have seen. */
  readonly folder: string;
  /** Called with the folders that were deleted. Never fails. */
  readonly onDeleted?: (folders: ReadonlySet<string>) => Promise<void>;
  /** Prompts before folders are deleted; absent: no prompt is possible, and nothing is deleted. */
  readonly ask?: RetentionPrompter | undefined;
  readonly log: Log;
}

/** The maximum number of folders in one round; the next submission continues. */
const maxFolders = 500;

/**
 * Deletes expired folders below the root, as far as the user has agreed: only folders with a name of the extension's
 * form that contain its batch script, in which nothing was written for that long and no job is queued or running.
 * Folders that were never filled are deleted after a day without a prompt. Deletes nothing if the cluster's clock may
 * have jumped. Never fails; submissions do not wait for it.
 */
export async function removeExpiredFolders(files: HostFileSystem, retention: FolderRetention): Promise<void> {
  const { days, log } = retention;
  const { place } = files;
  if (days() <= 0) return;
  try {
    const found = await listExpiredFolders(files, retention);
    if (!(await isClockTrusted(retention.folder, found.nowMs))) return;
    for (const { path } of found.folders.filter(({ isLitter }) => isLitter)) {
      await removeFolder(files, path, neverAborted);
      log.info(`deleted ${path} on ${place}, which was never used`);
    }
    const [kept, seen] = await Promise.all([listMarked(retention, 'keep'), listMarked(retention, 'seen')]);
    const jobs = found.folders
      .filter(({ path, isLitter }) => !isLitter && !kept.has(basename(path)))
      .map(({ path, hasOutputs }): ExpiredJob => {
        const name = basename(path);
        return {
          id: name,
          name: path,
          hasUnseenResults: hasOutputs && !seen.has(name),
          ...parseFolderDate(name),
        };
      });
    const deleted = new Set<string>();
    await removeExpiredJobs(jobs, {
      folder: retention.folder,
      place,
      settings: [retention.setting],
      bounds: { count: 0, days: Math.ceil(days()) },
      ask: retention.ask,
      remove: createFolderRemover(files, retention, deleted),
      keep: ({ id }) => markFolder(retention, 'keep', id),
      nowMs: Date.now(),
      log,
    }).finally(() => retention.onDeleted?.(deleted));
  } catch (error) {
    log.warn(`old folders on ${place} could not be deleted: ${String(error)}`);
  }
}

/** Records that the user has opened result files in this job folder. Never fails. */
export const markFolderSeen = (retention: Pick<FolderRetention, 'folder'>, folder: string): Promise<void> =>
  markFolder(retention, 'seen', basename(folder)).catch(() => undefined);

type FolderMark = 'seen' | 'keep';

/** The names of job folders are unique, so a file with that name is the record. */
async function markFolder(
  { folder }: Pick<FolderRetention, 'folder'>,
  mark: FolderMark,
  name: string,
): Promise<void> {
  if (!jobFolderPattern.test(name)) return;
  await mkdir(join(folder, mark), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, mark, name), '', { mode: 0o600 });
}

const listMarked = async ({ folder }: FolderRetention, mark: FolderMark): Promise<ReadonlySet<string>> =>
  new Set(await readdir(join(folder, mark)).catch(() => []));

/** The submission time in a folder's name. */
function parseFolderDate(name: string): Pick<ExpiredJob, 'ended'> {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)-/.exec(name) ?? [];
  const ended = new Date(`${year ?? ''}-${month ?? ''}-${day ?? ''}T00:00:00Z`);
  return Number.isNaN(ended.getTime()) ? {} : { ended };
}

interface ExpiredFolder {
  readonly path: string;
  /** True if the folder contains output files of a job. */
  readonly hasOutputs: boolean;
  /** True if the folder was never filled and nothing was submitted from it. */
  readonly isLitter: boolean;
}

/** The expired folders without queued or running jobs, and the cluster's time in milliseconds. */
async function listExpiredFolders(
  files: HostFileSystem,
  { root, days, listFoldersInUse: inUse }: FolderRetention,
): Promise<{ readonly nowMs: number; readonly folders: readonly ExpiredFolder[] }> {
  const argv = ['sh', '-c', listFoldersScript, 'sh', root, String(Math.ceil(days()))];
  const { code, output, errors } = await runOnHost(
    files.host,
    { argv },
    { ...files, ms: 60_000 },
    neverAborted,
  );
  if (code !== 0) throw new JobError({ kind: 'refused', place: files.place, words: errors.trim() });
  const lines = output.split('\n');
  const seconds = lines
    .map((line) => /^now (\d{1,12})$/.exec(line)?.[1])
    .find((found) => found !== undefined);
  if (seconds === undefined) throw new JobError({ kind: 'badAnswer', place: files.place, what: 'date' });
  const all = lines.flatMap((line): readonly ExpiredFolder[] => {
    const [, kind, path = ''] = /^(litter|plain|outputs) (\/.*)$/.exec(line) ?? [];
    if (kind === undefined || !jobFolderPattern.test(basename(path))) return [];
    return [{ path, hasOutputs: kind === 'outputs', isLitter: kind === 'litter' }];
  });
  // Compared by name, which is unique: the path can contain a link.
  const used = new Set([...(all.length > 0 ? await inUse() : [])].map((path) => basename(path)));
  const folders = all.filter(({ path }) => !used.has(basename(path))).slice(0, maxFolders);
  return { nowMs: Number(seconds) * 1000, folders };
}

/** How long a list of folders is recent enough to delete some, in milliseconds. */
const maxListingAgeMs = 60_000;

/** Deletes folders; the user may take days to respond, and folders used since then are kept. */
function createFolderRemover(
  files: HostFileSystem,
  retention: FolderRetention,
  deleted: Set<string>,
): (job: ExpiredJob) => Promise<void> {
  let last: { readonly atMs: number; readonly paths: ReadonlySet<string> } | undefined;
  return async ({ name: path }) => {
    const atMs = performance.now();
    if (!last || atMs - last.atMs > maxListingAgeMs) {
      const { folders } = await listExpiredFolders(files, retention);
      last = { atMs, paths: new Set(folders.map((one) => one.path)) };
    }
    if (!last.paths.has(path)) return;
    await removeFolder(files, path, neverAborted);
    deleted.add(path);
  };
}

/**
 * The age of a folder is that of its newest file; a folder counts as new if that is unknown or before 2000, when a
 * clock was wrong. A folder that was never filled, because the connection broke during the upload and it could not be
 * deleted, has no script and expires after the longest upload time. Uploaded files have a time in 1970.
 */
const listFoldersScript = `
${resolveRootScript}
echo "now $(date +%s)"
cd -- "$root" 2>/dev/null || exit 0
at=$(pwd -P) || exit 0
known=$(( ($(date +%s) - 946684800) / 86400 ))
for d in [0-9]*-[0-9]*-*; do
  [ ! -L "$d" ] && [ -d "$d/work" ] || continue
  days=$2 kind=plain
  if [ ! -f "$d/${batchFileName}" ]; then
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
