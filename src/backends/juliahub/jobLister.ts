import type { JobListResult } from '../../core/domain/paging.js';
import { isActive, type Job } from '../../core/domain/job.js';
import type { Clock } from '../../core/domain/ports.js';
import { isAbort, JobError } from '../../core/domain/problem.js';
import { parseArray } from '../../http/jsonArray.js';
import type { ItemBounds, JsonItem } from '../../http/jsonItems.js';
import type { ServerCalls } from './serverCalls.js';
import { getResponseHead, classifyResponse, createResponseError, toMessageError } from './httpErrors.js';
import type { JuliaHubJobStore } from './jobMetadata.js';
import { parseJuliaHubJob } from './parseJob.js';

/** Dependencies of listing jobs. */
export interface ListingDeps {
  readonly calls: ServerCalls;
  readonly known: JuliaHubJobStore;
  readonly clock: Clock;
  /** The same value as for the server. */
  readonly plainLoopback: boolean;
}

/** Maximum size of a list, in bytes. */
const maxListBytes = 67_108_864;

/** Limits for one job of a response; a job that exceeds them is omitted and reported. */
export const jobBounds: ItemBounds = { maxChars: 1_048_576, maxDepth: 100 };

/** Number of jobs that are searched for active ones older than the list. */
const maxScannedJobs = 1_000;

/**
 * Interval between searches for older active jobs, in milliseconds. Their states are requested by the caller.
 */
const rescanIntervalMs = 30_000;

/** Jobs of one response, newest first. */
interface JobBatch {
  readonly jobs: readonly Job[];
  readonly malformed: readonly string[];
  /** True: the server has more jobs. */
  readonly hasMore: boolean;
}

/** The jobs older than the list. */
interface OlderJobs {
  readonly active: readonly Job[];
  readonly malformed: readonly string[];
  readonly scannedMs: number;
}

/**
 * Lists the newest jobs and the active ones among the older jobs. The server can filter neither by state nor
 * by position and has no summary. Source: docs/protocols/juliahub.md, 2.1.
 */
export function createJobLister(
  deps: ListingDeps,
): (most: number, signal: AbortSignal) => Promise<JobListResult> {
  const { clock, known } = deps;
  let newest: readonly Job[] = [];
  let older: OlderJobs | undefined;

  return async (most, signal): Promise<JobListResult> => {
    const told = await fetchJobs(most, deps, signal);
    const ids = new Set(told.jobs.map(({ id }) => id));
    // If none of the previous jobs is listed, other jobs may have been missed in between.
    const isContinued = newest.some(({ id }) => ids.has(id));
    if (!told.hasMore) older = undefined;
    else if (older && isContinued && !isRescanDue(older, clock))
      older = { ...older, active: mergeDisplacedJobs(newest, older) };
    else older = await scanOlderJobs(most, deps, signal);
    newest = told.jobs;
    const active = (older?.active ?? []).filter(({ id }) => !ids.has(id));
    return {
      jobs: await Promise.all([...told.jobs, ...active].map((job) => known.addDetails(job))),
      hasMore: told.hasMore,
      malformed: [...new Set([...told.malformed, ...(older?.malformed ?? [])])],
    };
  };
}

const isRescanDue = ({ active, scannedMs: lookedMs }: OlderJobs, clock: Clock): boolean =>
  active.length > 0 && Math.abs(clock.now().getTime() - lookedMs) >= rescanIntervalMs;

/**
 * The older active jobs, and those that were among the newest in the previous list and may have been pushed
 * out.
 */
const mergeDisplacedJobs = (newest: readonly Job[], { active }: OlderJobs): readonly Job[] => [
  ...new Map([...newest.filter(isActive), ...active].map((job) => [job.id, job])).values(),
];

/** The active jobs older than the newest ones. A failure is reported in `malformed`. */
async function scanOlderJobs(most: number, deps: ListingDeps, signal: AbortSignal): Promise<OlderJobs> {
  const lookedMs = deps.clock.now().getTime();
  try {
    const { jobs, malformed, hasMore: more } = await fetchJobs(Math.max(most, maxScannedJobs), deps, signal);
    const rest = more ? [`active jobs older than the newest ${String(jobs.length)} are not listed`] : [];
    return {
      active: jobs.slice(most).filter(isActive),
      malformed: [...malformed, ...rest],
      scannedMs: lookedMs,
    };
  } catch (error) {
    if (isAbort(error) || !(error instanceof JobError) || error.problem.kind === 'signedOut') throw error;
    return {
      active: [],
      malformed: [`older active jobs could not be listed: ${error.problem.kind}`],
      scannedMs: lookedMs,
    };
  }
}

/**
 * The newest jobs, up to this number, each parsed separately. Requests one more to detect whether there are
 * more, since there is no cursor.
 */
async function fetchJobs(most: number, deps: ListingDeps, signal: AbortSignal): Promise<JobBatch> {
  const { calls, plainLoopback } = deps;
  const { place } = calls;
  const path = ['juliaruncloud', 'get_jobs'];
  const query = { limit: String(most + 1) };
  const call = { method: 'GET', path, query, reads: true, maxBytes: maxListBytes } as const;
  const answer = await calls.send(call, signal);
  if (classifyResponse(getResponseHead(answer)) !== 'success') throw createResponseError(answer, place);
  const jobs: Job[] = [];
  const malformed: string[] = [];
  let count = 0;
  const read = await parseArray(answer, jobBounds, (item) => {
    if (++count > most) return false;
    const job = parseListedJob(item, count, plainLoopback);
    if ('malformed' in job) malformed.push(job.malformed);
    else jobs.push(job);
    signal.throwIfAborted();
    return true;
  });
  if (read.kind !== 'array') {
    const cause = toMessageError(getResponseHead(answer));
    throw new JobError({ kind: 'badAnswer', place, what: 'jobs list, status 200' }, { cause });
  }
  return { jobs, malformed, hasMore: count > most };
}

/** Parses one job of a list; a failure does not affect the other jobs. */
function parseListedJob(
  item: JsonItem,
  index: number,
  plainLoopback: boolean,
): ReturnType<typeof parseJuliaHubJob> {
  if ('malformed' in item)
    return { malformed: `list item ${String(index)}: ${formatMalformedReason(item.malformed)}` };
  try {
    return parseJuliaHubJob(item.value, plainLoopback);
  } catch (error) {
    return {
      malformed: `list item ${String(index)}: ${error instanceof Error ? error.name : 'unknown'}`,
    };
  }
}

function formatMalformedReason(malformed: 'tooLong' | 'tooDeep' | 'notJson'): string {
  if (malformed === 'tooLong') return `longer than ${String(jobBounds.maxChars)} characters`;
  return malformed === 'tooDeep' ? `nested more than ${String(jobBounds.maxDepth)} levels deep` : 'not JSON';
}
