import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { checkClock, type ClockRecord } from '../../lib/clockTrust.js';
import type { Log } from '../../core/domain/ports.js';
import type {
  RetentionPrompter,
  ExpiredJob,
  RetentionAnswer,
  RetentionRequest,
} from '../../core/domain/retention.js';
import { claimFile, pathExists, readJsonFile, writeAtomic } from '../../lib/node/files.js';
import { dayMs } from '../../lib/time.js';

/** The limits of a connection; 0: unlimited. */
export interface RetentionBounds {
  readonly count: number;
  readonly days: number;
}

const BoundsShape = z.object({ count: z.number(), days: z.number() });
const ClockShape = z.object({ lastMs: z.number(), doubtMs: z.optional(z.number()) });

/** Dependencies of one round of retention. */
export interface RetentionDeps extends Pick<RetentionRequest, 'place' | 'settings'> {
  /** The connection's own folder, absolute; shared by all windows, created when needed. */
  readonly folder: string;
  readonly bounds: RetentionBounds;
  /** Absent: no prompt is possible, and nothing is deleted without earlier consent. */
  readonly ask?: RetentionPrompter | undefined;
  /** Deletes a job after checking again that it can be deleted. */
  readonly remove: (job: ExpiredJob) => Promise<void>;
  /** Marks a job so that it never expires. */
  readonly keep: (job: ExpiredJob) => Promise<void>;
  readonly nowMs: number;
  readonly log: Log;
}

/**
 * Deletes expired jobs as far as the user has agreed: those without unseen results once the user has agreed to the
 * limits, which is stored; the others only after a prompt each time. Lower limits need new consent. Prompts once a
 * day at most, in one of all windows.
 */
export async function removeExpiredJobs(jobs: readonly ExpiredJob[], deps: RetentionDeps): Promise<void> {
  if (jobs.length === 0) return;
  const isAgreed = isCovered(await readJsonFile(getAgreementPath(deps), BoundsShape), deps.bounds);
  if (isAgreed) await removeEach(jobs.filter(hasNoUnseenResults), deps);
  const open = isAgreed ? jobs.filter((job) => !hasNoUnseenResults(job)) : jobs;
  if (open.length === 0 || !deps.ask || openQuestions.has(deps.folder)) return;
  openQuestions.add(deps.folder);
  try {
    if (await claimQuestion(deps))
      await applyAnswer(await deps.ask(toRetentionRequest(open, deps)), open, deps);
  } finally {
    openQuestions.delete(deps.folder);
  }
}

/** Folders with an open prompt in this window. */
const openQuestions = new Set<string>();

const toRetentionRequest = (
  jobs: readonly ExpiredJob[],
  { place, settings, bounds }: RetentionDeps,
): RetentionRequest => ({
  place,
  settings,
  ...(bounds.count > 0 ? { maxJobs: bounds.count } : {}),
  ...(bounds.days > 0 ? { maxDays: bounds.days } : {}),
  jobs,
});

async function applyAnswer(
  answer: RetentionAnswer | undefined,
  jobs: readonly ExpiredJob[],
  deps: RetentionDeps,
): Promise<void> {
  if (answer === undefined) return;
  if (answer === 'keep') {
    for (const job of jobs) await deps.keep(job);
    return;
  }
  await writeAtomic(getAgreementPath(deps), JSON.stringify(deps.bounds), { createParent: true });
  await removeEach(answer === 'removeAll' ? jobs : jobs.filter(hasNoUnseenResults), deps);
}

const hasNoUnseenResults = ({ hasUnseenResults }: ExpiredJob): boolean => !hasUnseenResults;

async function removeEach(jobs: readonly ExpiredJob[], { remove, log, place }: RetentionDeps): Promise<void> {
  for (const job of jobs) {
    await remove(job);
    log.info(`deleted ${job.id} (${job.name}) of ${place}, as configured in the settings`);
  }
}

const getAgreementPath = ({ folder }: Pick<RetentionDeps, 'folder'>): string => join(folder, 'agreed.json');

/** True if the user agreed to limits that are not higher than these. */
const isCovered = (agreed: RetentionBounds | undefined, bounds: RetentionBounds): boolean =>
  agreed !== undefined &&
  (['count', 'days'] as const).every(
    (name) => bounds[name] === 0 || (agreed[name] > 0 && bounds[name] >= agreed[name]),
  );

/** True in one of all windows, once a day. */
async function claimQuestion({ folder, nowMs }: RetentionDeps): Promise<boolean> {
  const today = `asked-${String(Math.floor(nowMs / dayMs))}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await claimFile(join(folder, today)))) return false;
  const earlier = (await readdir(folder)).filter((name) => name.startsWith('asked-') && name !== today);
  for (const name of earlier) await rm(join(folder, name), { force: true });
  return true;
}

/** Checks the clock for ages in this folder; false if it may have jumped, so that ages do not count. */
export async function isClockTrusted(folder: string, nowMs: number): Promise<boolean> {
  const file = join(folder, 'clock.json');
  const before = await readJsonFile(file, ClockShape);
  // An unreadable record says nothing about the clock.
  const isDamaged = before === undefined && (await pathExists(file));
  const known = isDamaged ? { lastMs: nowMs, doubtMs: nowMs } : before && toClockRecord(before);
  const { record, isTrusted } = checkClock(known, nowMs);
  // Without a stored record, a jump would not be noticed.
  return writeAtomic(file, JSON.stringify(record), { createParent: true }).then(
    () => isTrusted,
    () => false,
  );
}

const toClockRecord = ({ lastMs, doubtMs }: z.infer<typeof ClockShape>): ClockRecord => ({
  lastMs,
  ...(doubtMs === undefined ? {} : { doubtMs }),
});
