import type { JobId } from '../../core/domain/job.js';
import type { LogEvent } from '../../core/domain/log.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import { backoffMs } from '../../lib/time.js';
import { createTurns } from '../../lib/turns.js';
import type { Calls } from './calls.js';
import { onward, type Kept } from './logsHistory.js';
import type { Place } from './logsPlace.js';
import { hear, type Heard } from './logsSocket.js';
import { atPace } from './logsPace.js';
import { passStreamed } from './logsStreamed.js';
import { readMessage, type Entry, type Page } from './logsWire.js';

/** Dependencies of following a job's log. */
export interface Following {
  readonly id: JobId;
  readonly kept: Kept;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
  /** True once the job has finished. */
  readonly isOver: (signal: AbortSignal) => Promise<boolean>;
}

/**
 * Poll intervals without a socket, in milliseconds: after new lines, after a while without, and after a long
 * time without.
 */
const pollMs = 1_500;
const slowPollMs = 3_000;
const slowestPollMs = 10_000;
const slowAfter = 4;
const slowestAfter = 40;

/** After this number of consecutive sockets without a message, sockets are not tried for a while. */
const mostSilent = 3;
const trySocketsMs = 300_000;

/**
 * Delays before a socket is reopened, in milliseconds: after one that delivered entries; the maximum after
 * several brief ones; the maximum after those that delivered nothing.
 */
const reopenMs = 500;
const mostBriefMs = 3_000;
const mostReopenMs = 30_000;

/**
 * A socket that was open for less than this is brief, in milliseconds; the first ones are reopened without an
 * increasing delay.
 */
const briefMs = 10_000;
const quickBrief = 10;

/**
 * After this time without new lines, in milliseconds, the stored log and the job's state are checked. Once
 * the job has finished, the log is complete after the same time again. Source: docs/protocols/juliahub.md,
 * 5.3 (about 20 s until the stored log is complete).
 */
const quietMs = 20_000;
const mostQuietMs = 60_000;

/** The state that changes while a log is followed. */
interface State {
  readonly place: Place;
  /** When the last new lines arrived. */
  newsAt: number;
  /** Consecutive checks after silence that found nothing. */
  quietLooks: number;
  isOver: boolean;
  silentSockets: number;
  /** When the last silent socket closed. */
  silentAt: number;
  /** Consecutive sockets that delivered no entry, and consecutive brief ones. */
  fruitlessSockets: number;
  briefSockets: number;
  /** Consecutive polls without a socket that found nothing. */
  vainPolls: number;
  /** How often missing numbers turned out not to be entries. */
  sparse: number;
}

type Generator<R> = AsyncGenerator<readonly LogEvent[], R>;

/** Follows a job's log from a position until the log is complete. */
export async function* live(given: Following, place: Place, signal: AbortSignal): Generator<void> {
  const about = { ...given, kept: { ...given.kept, pages: atPace(given.kept.pages, given.clock) } };
  const { clock, log, id } = about;
  const state = await beginAt(place, about, signal);
  for (;;) {
    if (canListen(state, clock)) {
      if (yield* listen(about, state, signal)) return;
      if (state.silentSockets === mostSilent)
        log.warn(`no socket for the log of ${id}: polling every ${pollMs / 1000} s instead`);
    } else await clock.sleep(pollWait(state), signal);
    const passed = place.passed();
    if (yield* catchUp(about, state, signal)) return;
    state.vainPolls = place.passed() > passed ? 0 : state.vainPolls + 1;
    if (quietLeft(about, state) <= 0 && (yield* look(about, state, signal))) return;
    if (canListen(state, clock)) await clock.sleep(reopenWait(state), signal);
  }
}

const beginAt = async (place: Place, about: Following, signal: AbortSignal): Promise<State> => ({
  place,
  newsAt: about.clock.now().getTime(),
  quietLooks: 0,
  // If the job has already finished, nothing is streamed.
  isOver: await about.isOver(signal),
  silentSockets: 0,
  silentAt: 0,
  fruitlessSockets: 0,
  briefSockets: 0,
  vainPolls: 0,
  sparse: 0,
});

/**
 * True if a socket can start at a known entry. Before the first entry it cannot: without an offset, the
 * socket omits entries written before it is open. Source: docs/protocols/juliahub.md, 5.3.
 */
const canListen = ({ place, isOver, silentSockets, silentAt }: State, clock: Clock): boolean =>
  place.high() !== undefined &&
  !isOver &&
  (silentSockets < mostSilent || Math.abs(clock.now().getTime() - silentAt) >= trySocketsMs);

const pollWait = ({ vainPolls }: State): number =>
  vainPolls < slowAfter ? pollMs : vainPolls < slowestAfter ? slowPollMs : slowestPollMs;

const reopenWait = ({ fruitlessSockets, briefSockets }: State): number =>
  fruitlessSockets > 0
    ? backoffMs(fruitlessSockets + 1, reopenMs, mostReopenMs)
    : backoffMs(Math.max(1, briefSockets - quickBrief), reopenMs, mostBriefMs);

/** Milliseconds until the silence has lasted long enough for a check. */
const quietLeft = ({ clock }: Following, { newsAt, quietLooks, isOver }: State): number =>
  newsAt + (isOver ? quietMs : backoffMs(quietLooks + 1, quietMs, mostQuietMs)) - clock.now().getTime();

/** Reads the stored log after the current position. Returns true if the log is complete. */
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

/**
 * After silence, reads missed entries and checks whether more can follow. Returns true if the log is
 * complete.
 */
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

/** Follows one socket until it closes or fails. Returns true if the log is complete. */
async function* listen(about: Following, state: State, signal: AbortSignal): Generator<boolean> {
  const socket = openSocket(about, state, signal);
  const passed = state.place.passed();
  const openedAt = about.clock.now().getTime();
  state.silentSockets++;
  state.fruitlessSockets++;
  state.briefSockets++;
  try {
    for (;;) {
      const messages = await next(socket, Math.max(0, quietLeft(about, state)), about, signal);
      if (messages === 'broken') return false;
      if (messages === 'ended') {
        state.isOver = await about.isOver(signal);
        return false;
      }
      if (messages.length > 0) state.silentSockets = 0;
      const { entries, bottom } = await allOf(messages, about);
      const before = state.place.passed();
      yield* passStreamed(about, state, entries, signal);
      if (state.place.passed() > before) news(about, state);
      if (state.place.passed() > passed) state.fruitlessSockets = 0;
      if (bottom) {
        yield* catchUp(about, state, signal);
        return true;
      }
      if (quietLeft(about, state) > 0) continue;
      if (yield* look(about, state, signal)) return true;
      // The job has finished: the remaining time is waited without a socket.
      if (state.isOver) return false;
    }
  } finally {
    state.silentAt = about.clock.now().getTime();
    if (Math.abs(state.silentAt - openedAt) >= briefMs) state.briefSockets = 0;
    socket.close();
  }
}

/** Source: docs/protocols/juliahub.md, 5.3. */
function openSocket({ calls, clock, id }: Following, { place }: State, signal: AbortSignal): Heard {
  const offset = String(place.high() ?? 0);
  const query = { jobname: id, refresh_interval: '1', log_out_type: 'json', offset };
  return hear((its) => calls.listen(['ws', 'stream_logs'], query, its), clock, signal);
}

/** The entries of several messages. */
async function allOf(
  messages: readonly string[],
  { id, log }: Following,
): Promise<{ readonly entries: readonly Entry[]; readonly bottom: boolean }> {
  const giveTurn = createTurns();
  const pages: Page[] = [];
  for (const message of messages) {
    pages.push(readMessage(message));
    const turn = giveTurn();
    if (turn) await turn;
  }
  const malformed = pages.reduce((sum, { malformed: some }) => sum + some, 0);
  if (malformed > 0) log.warn(`omitted ${malformed} malformed messages in the log of ${id}`);
  return { entries: pages.flatMap(({ entries }) => entries), bottom: pages.some(({ bottom }) => bottom) };
}

/** The next messages, or how the socket closed. */
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
    log.info(`the socket for the log of ${id} failed: ${error.problem.why}`);
    return 'broken';
  }
}
