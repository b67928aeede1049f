import { randomBytes } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlausibleTime } from '../../lib/clockTrust.js';
import type { Log } from '../../core/domain/ports.js';
import type { AskRetention, ExpiredJob } from '../../core/domain/retention.js';
import { isClockTrusted, settleExpired, type RetentionBounds } from '../notes/retention.js';
import { removeMetadata } from '../notes/notes.js';
import { isMissing } from '../../lib/errno.js';
import { hasOutputs } from './files.js';
import { jobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { removeTree } from './removal.js';
import { isThere } from '../../lib/node/files.js';
import { activeNumbers, allNumbers, announce, progressOf, recordOf, setActive } from './spool.js';
import { dayMs } from '../../lib/time.js';

/** The age in milliseconds after which an unfinished submission is deleted. */
const unfinishedMs = dayMs;

/** Moves a job out of the spool, then deletes its metadata and its files. */
export async function removeJob(spool: SpoolPaths, number: number, log: Log): Promise<void> {
  const { dir } = jobPaths(join(spool.jobs, String(number)));
  const away = join(spool.trash, `${String(number)}-${randomBytes(4).toString('hex')}`);
  // A full disk has no room for the folder, and Windows cannot move a folder with an open file.
  await mkdir(spool.trash, { recursive: true, mode: 0o700 }).catch(() => undefined);
  const gone = await rename(dir, away).then(
    () => away,
    async (error: unknown) => (isMissing(error) && !(await isThere(dir)) ? undefined : dir),
  );
  await setActive(spool, String(number), false);
  // A job that could not be moved exists until its files are deleted.
  if (gone === dir) await removeTree(gone);
  await removeMetadata(spool.folder, String(number), log);
  if (gone === away) await removeTree(gone);
  await announce(spool);
}

/** Records that result files of a finished job were opened. Never fails: a job without the mark is kept longer. */
export async function markSeen(paths: JobPaths): Promise<void> {
  const progress = await progressOf(paths);
  if (!progress || 'broken' in progress || progress.value.phase !== 'ended') return;
  await writeFile(paths.seen, '', { mode: 0o600 }).catch(() => undefined);
}

/** Dependencies of {@link tidy}. */
export interface TidyDeps {
  readonly spool: SpoolPaths;
  /** The connection's title. */
  readonly place: string;
  readonly bounds: RetentionBounds;
  /** Absent: no prompt is possible. */
  readonly ask?: AskRetention | undefined;
  readonly log: Log;
  readonly nowMs?: number;
}

/**
 * Deletes finished jobs that are too many or too old, as far as the user has agreed, and unfinished submissions. Ages
 * count only if the clock is trusted.
 */
export async function tidy({ spool, place, bounds, ask, log, nowMs = Date.now() }: TidyDeps): Promise<void> {
  await removeTree(spool.trash).catch((error: unknown) => {
    log.warn(`What was removed before is not gone yet: ${String(error)}`);
  });
  if ((await allNumbers(spool)).length === 0) return;
  const isTrusted = await isClockTrusted(spool.retention, nowMs);
  if (isTrusted) await removeUnfinished(spool, nowMs, log);
  const jobs = await expiredJobs(spool, { ...bounds, days: isTrusted ? bounds.days : 0 }, nowMs);
  await settleExpired(jobs, {
    folder: spool.retention,
    place,
    settings: ['batchJobs.local.keepJobs', 'batchJobs.local.keepDays'],
    bounds,
    ask,
    remove: (job) => removeExpired(spool, Number(job.id), log),
    keep: (job) => writeFile(pathsOf(spool, Number(job.id)).keep, '', { mode: 0o600 }),
    nowMs,
    log,
  });
}

const pathsOf = (spool: SpoolPaths, number: number): JobPaths => jobPaths(join(spool.jobs, String(number)));

/** The finished jobs that exceed these limits, oldest first, except jobs that the user keeps. */
export async function expiredJobs(
  spool: SpoolPaths,
  { count, days }: RetentionBounds,
  nowMs: number,
): Promise<readonly ExpiredJob[]> {
  if (count === 0 && days === 0) return [];
  const ended = await endedJobs(spool, nowMs);
  const isTooMany = (index: number): boolean => count > 0 && index < ended.length - count;
  const isTooOld = (endedMs: number): boolean => days > 0 && nowMs - endedMs > days * dayMs;
  const expired = ended.filter(({ endedMs }, index) => isTooMany(index) || isTooOld(endedMs));
  const jobs: ExpiredJob[] = [];
  for (const { number, name, endedMs } of expired) {
    const paths = pathsOf(spool, number);
    if (await isThere(paths.keep)) continue;
    const record = await recordOf(paths);
    const readable = record && 'value' in record ? record.value : undefined;
    const hasUnseenResults = !(await isThere(paths.seen)) && (await hasOutputs(paths, readable));
    jobs.push({ id: String(number), name, ended: new Date(endedMs), hasUnseenResults });
  }
  return jobs;
}

interface EndedJob {
  readonly number: number;
  readonly name: string;
  /** The latest plausible time from its files and earlier jobs. */
  readonly endedMs: number;
}

/** All finished jobs, oldest first. A time from a wrong clock is corrected by earlier jobs, or else is now. */
async function endedJobs(spool: SpoolPaths, nowMs: number): Promise<readonly EndedJob[]> {
  const active = new Set(await activeNumbers(spool));
  const jobs: EndedJob[] = [];
  let floorMs = 0;
  for (const number of await allNumbers(spool)) {
    const paths = pathsOf(spool, number);
    const [record, progress] = [await recordOf(paths), await progressOf(paths)];
    const submitted = record && 'value' in record ? record.value.submitted : 0;
    // Numbers are allocated in order, so that a job cannot be older than one before it.
    if (isPlausibleTime(submitted) && submitted <= nowMs) floorMs = Math.max(floorMs, submitted);
    const told = await endOf(paths, record, progress, active.has(number));
    if (told === undefined) continue;
    const name = record && 'value' in record ? record.value.name : `Job ${String(number)}`;
    const known = Math.max(isPlausibleTime(told) ? told : 0, floorMs);
    jobs.push({ number, name, endedMs: known > 0 ? known : nowMs });
  }
  return jobs;
}

/** When a job ended; undefined if it has not or is not a job yet. A damaged job ended when it was last changed. */
async function endOf(
  paths: JobPaths,
  record: Awaited<ReturnType<typeof recordOf>>,
  progress: Awaited<ReturnType<typeof progressOf>>,
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
async function removeExpired(spool: SpoolPaths, number: number, log: Log): Promise<void> {
  const paths = pathsOf(spool, number);
  const isActive = (await activeNumbers(spool)).includes(number);
  const [record, progress] = [await recordOf(paths), await progressOf(paths)];
  if ((await endOf(paths, record, progress, isActive)) === undefined || (await isThere(paths.keep))) return;
  await removeJob(spool, number, log);
}

async function removeUnfinished(spool: SpoolPaths, nowMs: number, log: Log): Promise<void> {
  for (const number of await allNumbers(spool)) {
    const paths = pathsOf(spool, number);
    if ((await recordOf(paths)) ?? (await progressOf(paths))) continue;
    const made = await stat(paths.dir).catch(() => undefined);
    if (made && nowMs - made.mtimeMs > unfinishedMs) await removeJob(spool, number, log);
  }
}
