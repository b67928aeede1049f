import type { JobId } from '../../core/domain/job.js';
import type { LogEvent } from '../../core/domain/log.js';
import type { Log } from '../../core/domain/ports.js';
import { JobError, type Problem } from '../../core/domain/problem.js';
import { passAll, type Kept } from './logsHistory.js';
import type { Ref } from './logsMark.js';
import type { Place } from './logsPlace.js';
import type { Entry } from './logsWire.js';

/** What passing streamed entries needs of one job. */
export interface StreamedDeps {
  readonly id: JobId;
  readonly kept: Kept;
  readonly log: Log;
}

/** What goes on changing meanwhile. */
export interface Checked {
  readonly place: Place;
  /** Numbers that were missing and turned out to be no entries. */
  sparse: number;
}

/** So often a number that is left out turns out to be no entry, and numbers are no longer taken to be dense. */
const mostChecked = 3;

/**
 * Passes what a socket gave. Where numbers are left out, the server is asked whether there are entries between: a socket
 * that begins late leaves some out. Source: docs/protocols/juliahub.md, 5.3.
 */
export async function* passStreamed(
  about: StreamedDeps,
  state: Checked,
  entries: readonly Entry[],
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], void> {
  const { place } = state;
  let rest = entries;
  while (rest.length > 0) {
    const jump = state.sparse < mostChecked ? jumpIn(rest, place.high()) : rest.length;
    yield* passAll(place, rest.slice(0, jump), signal);
    rest = rest.slice(jump);
    if (rest.length > 0) {
      const isFilled = yield* fill(about, place, rest[0]?.number ?? 0, signal);
      state.sparse = isFilled ? 0 : state.sparse + 1;
      // Whatever was missing is there now, or nowhere.
      yield place.pass(rest.slice(0, 1));
      rest = rest.slice(1);
    }
  }
}

/** The index of the first entry before which numbers are left out, else of the end. */
function jumpIn(entries: readonly Entry[], high: number | undefined): number {
  let last = high;
  for (const [index, { number }] of entries.entries()) {
    if (number === undefined) continue;
    if (last !== undefined && number > last + 1) return index;
    last = Math.max(last ?? 0, number);
  }
  return entries.length;
}

/** Fetches the kept entries before this number. False: there are none that had not been passed. */
async function* fill(
  { kept, log, id }: StreamedDeps,
  place: Place,
  number: number,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  for (let isFilled = false; ; isFilled = true) {
    const ref = place.last();
    const high = place.high();
    if (!ref || high === undefined || high >= number - 1) return isFilled;
    const entries = await entriesAfter(ref);
    yield place.pass(entries);
    const isBetween = (entry: Entry): boolean =>
      entry.number !== undefined && entry.number > high && entry.number < number;
    if (!entries.some(isBetween)) return isFilled;
  }

  async function entriesAfter(ref: Ref): Promise<readonly Entry[]> {
    try {
      return (await kept.pages.after(ref, signal)).entries;
    } catch (error) {
      // What was streamed a moment ago need not be kept yet.
      const why = error instanceof JobError ? whyNotGiven(error.problem) : undefined;
      if (why === undefined) throw error;
      log.info(`what is missing of the log of ${id} could not be asked for: ${why}`);
      return [];
    }
  }
}

/** Why the server gave nothing; undefined: it could not be asked. */
function whyNotGiven(problem: Problem): string | undefined {
  if (problem.kind === 'refused') return problem.words;
  return problem.kind === 'offline' && problem.hasAnswered ? problem.why : undefined;
}
