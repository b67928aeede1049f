import type { Listing } from '../../core/domain/paging.js';
import { isActive, type Job } from '../../core/domain/job.js';
import type { Clock } from '../../core/domain/ports.js';
import { isAbort, JobError } from '../../core/domain/problem.js';
import { readArray } from '../../http/jsonArray.js';
import type { ItemBounds, JsonItem } from '../../http/jsonItems.js';
import type { Calls } from './calls.js';
import { beginningOf, classifyAnswer, failedAnswer, saidBy } from './failedAnswer.js';
import type { Remembered } from './remembered.js';
import { readJob } from './wire.js';

/** What listing jobs needs. */
export interface ListingDeps {
  readonly calls: Calls;
  readonly known: Remembered;
  readonly clock: Clock;
  /** As for the server itself. */
  readonly plainLoopback: boolean;
}

/** The longest list that is taken, in bytes. */
const maxListBytes = 67_108_864;

/** What one job of an answer may be; another one is left out and told. */
export const jobBounds: ItemBounds = { maxChars: 1_048_576, maxDepth: 100 };

/** So many jobs are looked through for active ones that are older than the list. */
const maxLookedThrough = 1_000;

/** Older active jobs are looked at again after so long, in milliseconds; what may have become of them, core asks itself. */
const lookAgainMs = 30_000;

/** Jobs as the server told them at once, newest first. */
interface Told {
  readonly jobs: readonly Job[];
  readonly malformed: readonly string[];
  /** True: there are more of them. */
  readonly more: boolean;
}

/** What is known of jobs that are older than the list. */
interface Older {
  readonly active: readonly Job[];
  readonly malformed: readonly string[];
  readonly lookedMs: number;
}

/**
 * The newest jobs, and the active ones among those that are older: the server lists neither by state nor from a place
 * on, and has no summary. Source: docs/protocols/juliahub.md, 2.1.
 */
export function juliaHubListing(deps: ListingDeps): (most: number, signal: AbortSignal) => Promise<Listing> {
  const { clock, known } = deps;
  let newest: readonly Job[] = [];
  let older: Older | undefined;

  return async (most, signal): Promise<Listing> => {
    const told = await askJobs(most, deps, signal);
    const ids = new Set(told.jobs.map(({ id }) => id));
    // Where none is known any more, others may have come and gone in between.
    const isContinued = newest.some(({ id }) => ids.has(id));
    if (!told.more) older = undefined;
    else if (older && isContinued && !isDue(older, clock))
      older = { ...older, active: pushedOut(newest, older) };
    else older = await lookThrough(most, deps, signal);
    newest = told.jobs;
    const active = (older?.active ?? []).filter(({ id }) => !ids.has(id));
    return {
      jobs: await Promise.all([...told.jobs, ...active].map((job) => known.complete(job))),
      more: told.more,
      malformed: [...new Set([...told.malformed, ...(older?.malformed ?? [])])],
    };
  };
}

const isDue = ({ active, lookedMs }: Older, clock: Clock): boolean =>
  active.length > 0 && Math.abs(clock.now().getTime() - lookedMs) >= lookAgainMs;

/** The older active jobs with those that were among the newest last: newer ones may take their place there. */
const pushedOut = (newest: readonly Job[], { active }: Older): readonly Job[] => [
  ...new Map([...newest.filter(isActive), ...active].map((job) => [job.id, job])).values(),
];

/** The active jobs that are older than the newest ones. Where they cannot be had, that is told. */
async function lookThrough(most: number, deps: ListingDeps, signal: AbortSignal): Promise<Older> {
  const lookedMs = deps.clock.now().getTime();
  try {
    const { jobs, malformed, more } = await askJobs(Math.max(most, maxLookedThrough), deps, signal);
    const rest = more ? [`active jobs older than the newest ${String(jobs.length)} are not looked for`] : [];
    return { active: jobs.slice(most).filter(isActive), malformed: [...malformed, ...rest], lookedMs };
  } catch (error) {
    if (isAbort(error) || !(error instanceof JobError) || error.problem.kind === 'signedOut') throw error;
    return {
      active: [],
      malformed: [`older active jobs could not be looked for: ${error.problem.kind}`],
      lookedMs,
    };
  }
}

/** At most so many of the newest jobs, each read by itself. There is no cursor, so one more is asked for. */
async function askJobs(most: number, deps: ListingDeps, signal: AbortSignal): Promise<Told> {
  const { calls, plainLoopback } = deps;
  const { place } = calls;
  const path = ['juliaruncloud', 'get_jobs'];
  const query = { limit: String(most + 1) };
  const call = { method: 'GET', path, query, reads: true, maxBytes: maxListBytes } as const;
  const answer = await calls.ask(call, signal);
  if (classifyAnswer(beginningOf(answer)) !== 'success') throw failedAnswer(answer, place);
  const jobs: Job[] = [];
  const malformed: string[] = [];
  let count = 0;
  const read = await readArray(answer, jobBounds, (item) => {
    if (++count > most) return false;
    const job = jobOf(item, count, plainLoopback);
    if ('malformed' in job) malformed.push(job.malformed);
    else jobs.push(job);
    signal.throwIfAborted();
    return true;
  });
  if (read.kind !== 'array') {
    const cause = saidBy(beginningOf(answer));
    throw new JobError({ kind: 'badAnswer', place, what: 'jobs list, status 200' }, { cause });
  }
  return { jobs, malformed, more: count > most };
}

/** One job of a list; whatever it is, it takes no other with it. */
function jobOf(item: JsonItem, index: number, plainLoopback: boolean): ReturnType<typeof readJob> {
  if ('malformed' in item) return { malformed: `job ${String(index)} of the list: ${whyOf(item.malformed)}` };
  try {
    return readJob(item.value, plainLoopback);
  } catch (error) {
    return {
      malformed: `job ${String(index)} of the list: ${error instanceof Error ? error.name : 'unknown'}`,
    };
  }
}

function whyOf(malformed: 'tooLong' | 'tooDeep' | 'notJson'): string {
  if (malformed === 'tooLong') return `longer than ${String(jobBounds.maxChars)} characters`;
  return malformed === 'tooDeep' ? `nested more than ${String(jobBounds.maxDepth)} deep` : 'no JSON';
}
