import { randomBytes } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlausibleTime } from '../../lib/clockTrust.js';
import type { Log } from '../../core/domain/ports.js';
import type { RetentionPrompter, ExpiredJob } from '../../core/domain/retention.js';
import { isClockTrusted, removeExpiredJobs, type RetentionBounds } from '../jobFacts/expiredJobs.js';
import { removeMetadata } from '../jobFacts/jobFactsStore.js';
import { isMissing } from '../../lib/errno.js';
import { hasOutputs } from './files.js';
import { getJobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { removeTree } from './removeTree.js';
import { pathExists } from '../../lib/node/files.js';
import {
  listActiveJobNumbers,
  listJobNumbers,
  notifyChanged,
  readJobProgress,
  readJobRecord,
  setActiveMark,
} from './spool.js';
import { dayMs } from '../../lib/time.js';

/** The age in milliseconds after which an unfinished submission is deleted. */
const unfinishedSubmissionMs = dayMs;

/** Moves a job out of the spool, then deletes its metadata and its files. */
export async function deleteJobFolder(spool: SpoolPaths, number: number, log: Log): Promise<void> {
  const { dir } = getJobPaths(join(spool.jobs, String(number)));
  const away = join(spool.trash, `${String(number)}-${randomBytes(4).toString('hex')}`);
  // A full disk has no room for the folder, and Windows cannot move a folder with an open file.
  await mkdir(spool.trash, { recursive: true, mode: 0o700 }).catch(() => undefined);
  const gone = await rename(dir, away).then(
    () => away,
    async (error: unknown) => (isMissing(error) && !(await pathExists(dir)) ? undefined : dir),
  );
  await setActiveMark(spool, String(number), false);
  // A job that could not be moved exists until its files are deleted.
  if (gone === dir) await removeTree(gone);
  await removeMetadata(spool.folder, String(number), log);
  if (gone === away) await removeTree(gone);
  await notifyChanged(spool);
}

/** Records that result files of a finished job were opened. Never fails: a job without the mark is kept longer. */
export async function markResultsSeen(paths: JobPaths): Promise<void> {
  const progress = await readJobProgress(paths);
  if (!progress || 'broken' in progress || progress.value.phase !== 'ended') return;
  await writeFile(paths.seen, '', { mode: 0o600 }).catch(() => undefined);
}

/** Dependencies of {@link deleteExpiredJobFolders}. */
export interface HousekeepingDeps {
  readonly spool: SpoolPaths;
  /** The connection's title. */
  readonly place: string;
  readonly bounds: RetentionBounds;
  /** Absent: no prompt is possible. */
  readonly ask?: RetentionPrompter | undefined;
  readonly log: Log;
  readonly nowMs?: number;
}

/**
 * Deletes finished jobs that are too many or too old, as far as the user has agreed, and unfinished submissions. Ages
 * count only if the clock is trusted.
 */
export async function deleteExpiredJobFolders({
  spool,
  place,
  bounds,
  ask,
  log,
  nowMs = Date.now(),
}: HousekeepingDeps): Promise<void> {
  await removeTree(spool.trash).catch((error: unknown) => {
    log.warn(`Previously deleted jobs could not be removed from disk yet: ${String(error)}`);
  });
  if ((await listJobNumbers(spool)).length === 0) return;
  const isTrusted = await isClockTrusted(spool.retention, nowMs);
  if (isTrusted) await deleteUnfinishedSubmissions(spool, nowMs, log);
  const jobs = await listExpiredJobs(spool, { ...bounds, days: isTrusted ? bounds.days : 0 }, nowMs);
  await removeExpiredJobs(jobs, {
    folder: spool.retention,
    place,
    settings: ['batchJobs.local.keepJobs', 'batchJobs.local.keepDays'],
    bounds,
    ask,
    remove: (job) => deleteExpiredJob(spool, Number(job.id), log),
    keep: (job) => writeFile(getPathsOfJob(spool, Number(job.id)).keep, '', { mode: 0o600 }),
    nowMs,
    log,
  });
}

const getPathsOfJob = (spool: SpoolPaths, number: number): JobPaths =>
  getJobPaths(join(spool.jobs, String(number)));

/** The finished jobs that exceed these limits, oldest first, except jobs that the user keeps. */
export async function listExpiredJobs(
  spool: SpoolPaths,
  { count, days }: RetentionBounds,
  nowMs: number,
): Promise<readonly ExpiredJob[]> {
  if (count === 0 && days === 0) return [];
  const ended = await listFinishedJobs(spool, nowMs);
  const isTooMany = (index: number): boolean => count > 0 && index < ended.length - count;
  const isTooOld = (endedMs: number): boolean => days > 0 && nowMs - endedMs > days * dayMs;
  const expired = ended.filter(({ endedMs }, index) => isTooMany(index) || isTooOld(endedMs));
  const jobs: ExpiredJob[] = [];
  for (const { number, name, endedMs } of expired) {
    const paths = getPathsOfJob(spool, number);
    if (await pathExists(paths.keep)) continue;
    const record = await readJobRecord(paths);
    const readable = record && 'value' in record ? record.value : undefined;
    const hasUnseenResults = !(await pathExists(paths.seen)) && (await hasOutputs(paths, readable));
    jobs.push({ id: String(number), name, ended: new Date(endedMs), hasUnseenResults });
  }
  return jobs;
}

interface FinishedJob {
  readonly number: number;
  readonly name: string;
  /** The latest plausible time from its files and earlier jobs. */
  readonly endedMs: number;
}

/** All finished jobs, oldest first. A time from a wrong clock is corrected by earlier jobs, or else is now. */
async function listFinishedJobs(spool: SpoolPaths, nowMs: number): Promise<readonly FinishedJob[]> {
  const active = new Set(await listActiveJobNumbers(spool));
  const jobs: FinishedJob[] = [];
  let floorMs = 0;
  for (const number of await listJobNumbers(spool)) {
    const paths = getPathsOfJob(spool, number);
    const [record, progress] = [await readJobRecord(paths), await readJobProgress(paths)];
    const submitted = record && 'value' in record ? record.value.submitted : 0;
    // Numbers are allocated in order, so that a job cannot be older than one before it.
    if (isPlausibleTime(submitted) && submitted <= nowMs) floorMs = Math.max(floorMs, submitted);
    const told = await getFinishTime(paths, record, progress, active.has(number));
    if (told === undefined) continue;
    const name = record && 'value' in record ? record.value.name : `Job ${String(number)}`;
    const known = Math.max(isPlausibleTime(told) ? told : 0, floorMs);
    jobs.push({ number, name, endedMs: known > 0 ? known : nowMs });
  }
  return jobs;
}

/** When a job ended; undefined if it has not or is not a job yet. A damaged job ended when it was last changed. */
async function getFinishTime(
  paths: JobPaths,
  record: Awaited<ReturnType<typeof readJobRecord>>,
  progress: Awaited<ReturnType<typeof readJobProgress>>,
  isActive: boolean,
): Promise<number | undefined> {
  if (progress && 'value' in progress)
    return progress.value.phase === 'ended' ? progress.value.ended : undefined;
  // Its runner may still run: it has not recorded an end.
  const isDamaged = progress !== undefined || (record !== undefined && 'broken' in record);
  if (!isDamaged || isActive) return undefined;
  return (await stat(paths.dir).catch(() => undefined))?.mtimeMs;
}

/** Deletes a job if it is still finished. */
async function deleteExpiredJob(spool: SpoolPaths, number: number, log: Log): Promise<void> {
  const paths = getPathsOfJob(spool, number);
  const isActive = (await listActiveJobNumbers(spool)).includes(number);
  const [record, progress] = [await readJobRecord(paths), await readJobProgress(paths)];
  if (
    (await getFinishTime(paths, record, progress, isActive)) === undefined ||
    (await pathExists(paths.keep))
  )
    return;
  await deleteJobFolder(spool, number, log);
}

async function deleteUnfinishedSubmissions(spool: SpoolPaths, nowMs: number, log: Log): Promise<void> {
  for (const number of await listJobNumbers(spool)) {
    const paths = getPathsOfJob(spool, number);
    if ((await readJobRecord(paths)) ?? (await readJobProgress(paths))) continue;
    const made = await stat(paths.dir).catch(() => undefined);
    if (made && nowMs - made.mtimeMs > unfinishedSubmissionMs) await deleteJobFolder(spool, number, log);
  }
}
