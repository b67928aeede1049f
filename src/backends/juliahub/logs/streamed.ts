import type { JobId } from '../../../core/domain/job.js';
import type { LogEvent } from '../../../core/domain/log.js';
import type { Log } from '../../../core/domain/ports.js';
import { JobError, type JobProblem } from '../../../core/domain/problem.js';
import { passEntries, type LogHistoryDeps } from './history.js';
import type { EntryRef } from './position.js';
import type { LogProgress } from './progress.js';
import type { LogEntry } from './parsePage.js';

/** Dependencies of reading streamed entries. */
export interface StreamedDeps {
  readonly id: JobId;
  readonly history: LogHistoryDeps;
  readonly log: Log;
}

/** The state that changes while entries are streamed. */
export interface StreamedState {
  readonly place: LogProgress;
  /** How often missing numbers turned out not to be entries. */
  sparse: number;
}

/**
 * After missing numbers turn out not to be entries this many times, numbers are no longer considered
 * consecutive.
 */
const maxGapChecks = 3;

/**
 * Passes streamed entries. If numbers are missing, requests the entries in between: a socket that starts late
 * omits some. Source: docs/protocols/juliahub.md, 5.3.
 */
export async function* passStreamedEntries(
  about: StreamedDeps,
  state: StreamedState,
  entries: readonly LogEntry[],
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], void> {
  const { place } = state;
  let rest = entries;
  while (rest.length > 0) {
    const jump = state.sparse < maxGapChecks ? findNumberGap(rest, place.getHighestNumber()) : rest.length;
    yield* passEntries(place, rest.slice(0, jump), signal);
    rest = rest.slice(jump);
    if (rest.length > 0) {
      const isFilled = yield* fillNumberGap(about, place, rest[0]?.number ?? 0, signal);
      state.sparse = isFilled ? 0 : state.sparse + 1;
      // The missing entries have arrived or do not exist.
      yield place.pass(rest.slice(0, 1));
      rest = rest.slice(1);
    }
  }
}

/** The index of the first entry before which numbers are missing, else the end. */
function findNumberGap(entries: readonly LogEntry[], high: number | undefined): number {
  let last = high;
  for (const [index, { number }] of entries.entries()) {
    if (number === undefined) continue;
    if (last !== undefined && number > last + 1) return index;
    last = Math.max(last ?? 0, number);
  }
  return entries.length;
}

/** Fetches the stored entries before this number. Returns false if there were no new ones. */
async function* fillNumberGap(
  { history: kept, log, id }: StreamedDeps,
  place: LogProgress,
  number: number,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  for (let isFilled = false; ; isFilled = true) {
    const ref = place.getLastRef();
    const high = place.getHighestNumber();
    if (!ref || high === undefined || high >= number - 1) return isFilled;
    const entries = await entriesAfter(ref);
    yield place.pass(entries);
    const isBetween = (entry: LogEntry): boolean =>
      entry.number !== undefined && entry.number > high && entry.number < number;
    if (!entries.some(isBetween)) return isFilled;
  }

  async function entriesAfter(ref: EntryRef): Promise<readonly LogEntry[]> {
    try {
      return (await kept.pages.after(ref, signal)).entries;
    } catch (error) {
      // Entries streamed just now may not be stored yet.
      const why = error instanceof JobError ? formatGapReason(error.problem) : undefined;
      if (why === undefined) throw error;
      log.info(`missing entries in the log of ${id} could not be requested: ${why}`);
      return [];
    }
  }
}

/** Why the server returned nothing; undefined if it could not be reached. */
function formatGapReason(problem: JobProblem): string | undefined {
  if (problem.kind === 'refused') return problem.words;
  return problem.kind === 'offline' && problem.hasAnswered ? problem.why : undefined;
}
