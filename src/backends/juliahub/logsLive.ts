import type { JobId } from '../../core/job.js';
import type { LogEvent } from '../../core/log.js';
import type { Clock, Log } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import { backOffMs } from '../../core/repeat.js';
import type { Calls } from './calls.js';
import { onward, type Kept } from './logsHistory.js';
import type { Ref } from './logsMark.js';
import type { Place } from './logsPlace.js';
import { hear, type Heard } from './logsSocket.js';
import { readMessage, type Entry } from './logsWire.js';

/** What following a job's log needs. */
export interface Following {
  readonly id: JobId;
  readonly kept: Kept;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
  /** True once the job has ended. */
  readonly isOver: (signal: AbortSignal) => Promise<boolean>;
}

/** Between two looks while there is no socket, in milliseconds. */
const pollMs = 1_500;

/** So many sockets in a row that say nothing, and none is tried any more. */
const mostSilent = 3;

/** Before a socket is opened again, in milliseconds: after one that brought entries, and at most. */
const reopenMs = 500;
const mostReopenMs = 30_000;

/**
 * After so much silence the kept log is looked at, and the job is asked whether it has ended; once it has, the log is
 * whole after as much silence again. Source: reference juliahub.md, 5.3 (about 20 s until the kept log is complete).
 */
const quietMs = 20_000;
const mostQuietMs = 60_000;

/** So often a number that is left out turns out to be no entry, and numbers are no longer taken to be dense. */
const mostChecked = 3;

/** What goes on changing while a log is followed. */
interface State {
  readonly place: Place;
  /** When something last came. */
  newsAt: number;
  /** Looks in a row, after silence, that found nothing. */
  quietLooks: number;
  isOver: boolean;
  silentSockets: number;
  /** Sockets in a row that brought no entry. */
  fruitlessSockets: number;
  /** Numbers that were missing and turned out to be no entries. */
  sparse: number;
}

type Generator<R> = AsyncGenerator<readonly LogEvent[], R>;

/** What a job writes from a place on, until its log is whole. */
export async function* live(about: Following, place: Place, signal: AbortSignal): Generator<void> {
  const { clock, log, id } = about;
  const state: State = {
    place,
    newsAt: clock.now().getTime(),
    quietLooks: 0,
    // Where it has ended already, nothing streams any more.
    isOver: await about.isOver(signal),
    silentSockets: 0,
    fruitlessSockets: 0,
    sparse: 0,
  };
  for (;;) {
    if (canListen(state)) {
      if (yield* listen(about, state, signal)) return;
      if (state.silentSockets === mostSilent)
        log.warn(`no socket for the log of ${id}: it is asked for every ${pollMs / 1000} s instead`);
    } else await clock.sleep(pollMs, signal);
    if (yield* catchUp(about, state, signal)) return;
    if (quietLeft(about, state) <= 0 && (yield* look(about, state, signal))) return;
    if (canListen(state))
      await clock.sleep(backOffMs(state.fruitlessSockets + 1, reopenMs, mostReopenMs), signal);
  }
}

/**
 * True where a socket can be told where to go on. While there is no entry it cannot: without an offset it leaves out
 * what was written before it is open. Source: reference juliahub.md, 5.3.
 */
const canListen = ({ place, isOver, silentSockets }: State): boolean =>
  place.high() !== undefined && !isOver && silentSockets < mostSilent;

/** Milliseconds until the silence has lasted long enough for a look. */
const quietLeft = ({ clock }: Following, { newsAt, quietLooks, isOver }: State): number =>
  newsAt + (isOver ? quietMs : backOffMs(quietLooks + 1, quietMs, mostQuietMs)) - clock.now().getTime();

/** Everything that is kept after the place. True: the log is whole. */
async function* catchUp(about: Following, state: State, signal: AbortSignal): Generator<boolean> {
  const passed = state.place.passed();
  const isWhole = yield* onward(about.kept, state.place, signal);
  if (state.place.passed() > passed) news(about, state);
  return isWhole;
}

function news({ clock }: Following, state: State): void {
  state.newsAt = clock.now().getTime();
  state.quietLooks = 0;
}

/** Looks after silence for what may have been missed, and whether anything can still come. True: the log is whole. */
async function* look(about: Following, state: State, signal: AbortSignal): Generator<boolean> {
  const passed = state.place.passed();
  if (yield* catchUp(about, state, signal)) return true;
  if (state.place.passed() > passed) return false;
  if (state.isOver) return true;
  state.isOver = await about.isOver(signal);
  state.quietLooks++;
  state.newsAt = about.clock.now().getTime();
  return false;
}

/** Follows one socket until it ends, in whatever way. True: the log is whole. */
async function* listen(about: Following, state: State, signal: AbortSignal): Generator<boolean> {
  const socket = openSocket(about, state, signal);
  const passed = state.place.passed();
  state.silentSockets++;
  state.fruitlessSockets++;
  try {
    for (;;) {
      const messages = await next(socket, Math.max(0, quietLeft(about, state)), about, signal);
      if (messages === 'broken') return false;
      if (messages === 'ended') {
        state.isOver = await about.isOver(signal);
        return false;
      }
      if (messages.length > 0) state.silentSockets = 0;
      const { entries, bottom } = allOf(messages, about);
      yield* passStreamed(about, state, entries, signal);
      if (state.place.passed() > passed) state.fruitlessSockets = 0;
      if (bottom) {
        yield* catchUp(about, state, signal);
        return true;
      }
      if (quietLeft(about, state) > 0) continue;
      if (yield* look(about, state, signal)) return true;
      // From here on only silence is waited for.
      if (state.isOver) return false;
    }
  } finally {
    socket.close();
  }
}

/** Source: reference juliahub.md, 5.3. */
function openSocket({ calls, clock, id }: Following, { place }: State, signal: AbortSignal): Heard {
  const offset = String(place.high() ?? 0);
  const query = { jobname: id, refresh_interval: '1', log_out_type: 'json', offset };
  return hear((its) => calls.listen(['ws', 'stream_logs'], query, its), clock, signal);
}

/** What several messages say together. */
function allOf(
  messages: readonly string[],
  { id, log }: Following,
): { readonly entries: readonly Entry[]; readonly bottom: boolean } {
  const pages = messages.map(readMessage);
  const malformed = pages.reduce((sum, { malformed: some }) => sum + some, 0);
  if (malformed > 0)
    log.warn(`${malformed} messages of the log of ${id} were left out: they have another form`);
  return { entries: pages.flatMap(({ entries }) => entries), bottom: pages.some(({ bottom }) => bottom) };
}

/** The next messages, or how the socket came to its end. */
async function next(
  socket: Heard,
  ms: number,
  { id, log }: Following,
  signal: AbortSignal,
): Promise<readonly string[] | 'ended' | 'broken'> {
  try {
    return (await socket.next(ms, signal)) ?? 'ended';
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
    log.info(`the socket for the log of ${id} broke off: ${error.problem.why}`);
    return 'broken';
  }
}

/**
 * Passes what a socket gave. Where numbers are left out, the server is asked whether there are entries between: a socket
 * that begins late leaves some out. Source: reference juliahub.md, 5.3.
 */
async function* passStreamed(
  about: Following,
  state: State,
  entries: readonly Entry[],
  signal: AbortSignal,
): Generator<void> {
  const { place } = state;
  const passed = place.passed();
  let rest = entries;
  while (rest.length > 0) {
    const jump = state.sparse < mostChecked ? jumpIn(rest, place.high()) : rest.length;
    yield place.pass(rest.slice(0, jump));
    rest = rest.slice(jump);
    if (rest.length > 0) {
      const isFilled = yield* fill(about, place, rest[0]?.number ?? 0, signal);
      state.sparse = isFilled ? 0 : state.sparse + 1;
      // Whatever was missing is there now, or nowhere.
      yield place.pass(rest.slice(0, 1));
      rest = rest.slice(1);
    }
  }
  if (place.passed() > passed) news(about, state);
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
  { kept, log, id }: Following,
  place: Place,
  number: number,
  signal: AbortSignal,
): Generator<boolean> {
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
      if (!(error instanceof JobError) || error.problem.kind !== 'refused') throw error;
      // What was streamed a moment ago need not be kept yet.
      log.info(`what is missing of the log of ${id} could not be asked for: ${error.problem.words}`);
      return [];
    }
  }
}
