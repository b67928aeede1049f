import type { JobId } from '../../../core/domain/job.js';
import type { LogEvent } from '../../../core/domain/log.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import { getBackoffMs } from '../../../lib/time.js';
import { createYielder } from '../../../lib/yielding.js';
import type { ServerCalls } from '../serverCalls.js';
import { readForward, type LogHistoryDeps } from './history.js';
import type { LogProgress } from './progress.js';
import { createSocketMessages, type SocketMessages } from './socket.js';
import { limitPageRate } from './rateLimiter.js';
import { passStreamedEntries } from './streamed.js';
import { parseMessage, type LogEntry, type LogEntryPage } from './parsePage.js';

/** Dependencies of following a job's log. */
export interface FollowLiveLogDeps {
  readonly id: JobId;
  readonly history: LogHistoryDeps;
  readonly calls: ServerCalls;
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
const slowPollThreshold = 4;
const slowestPollThreshold = 40;

/** After this number of consecutive sockets without a message, sockets are not tried for a while. */
const maxSilentSockets = 3;
const socketRetryMs = 300_000;

/**
 * Delays before a socket is reopened, in milliseconds: after one that delivered entries; the maximum after
 * several brief ones; the maximum after those that delivered nothing.
 */
const reopenMs = 500;
const maxBriefReopenMs = 3_000;
const maxReopenMs = 30_000;

/**
 * A socket that was open for less than this is brief, in milliseconds; the first ones are reopened without an
 * increasing delay.
 */
const briefSocketMs = 10_000;
const maxQuickReopens = 10;

/**
 * After this time without new lines, in milliseconds, the stored log and the job's state are checked. Once
 * the job has finished, the log is complete after the same time again. Source: docs/protocols/juliahub.md,
 * 5.3 (about 20 s until the stored log is complete).
 */
const quietCheckMs = 20_000;
const maxQuietCheckMs = 60_000;

/** The state that changes while a log is followed. */
interface FollowState {
  readonly place: LogProgress;
  /** When the last new lines arrived. */
  newsAt: number;
  /** Consecutive checks after silence that found nothing. */
  quietChecks: number;
  isOver: boolean;
  silentSockets: number;
  /** When the last silent socket closed. */
  silentAt: number;
  /** Consecutive sockets that delivered no entry, and consecutive brief ones. */
  fruitlessSockets: number;
  briefSockets: number;
  /** Consecutive polls without a socket that found nothing. */
  emptyPolls: number;
  /** How often missing numbers turned out not to be entries. */
  sparse: number;
}

type LogEventGenerator<R> = AsyncGenerator<readonly LogEvent[], R>;

/** Follows a job's log from a position until the log is complete. */
export async function* followLiveLog(
  given: FollowLiveLogDeps,
  place: LogProgress,
  signal: AbortSignal,
): LogEventGenerator<void> {
  const about = {
    ...given,
    history: { ...given.history, pages: limitPageRate(given.history.pages, given.clock) },
  };
  const { clock, log, id } = about;
  const state = await createFollowState(place, about, signal);
  for (;;) {
    if (canUseSocket(state, clock)) {
      if (yield* followSocket(about, state, signal)) return;
      if (state.silentSockets === maxSilentSockets)
        log.warn(`no socket for the log of ${id}: polling every ${pollMs / 1000} s instead`);
    } else await clock.sleep(getPollWaitMs(state), signal);
    const passed = place.getPassedCount();
    if (yield* readNewEntries(about, state, signal)) return;
    state.emptyPolls = place.getPassedCount() > passed ? 0 : state.emptyPolls + 1;
    if (getQuietLeftMs(about, state) <= 0 && (yield* checkAfterSilence(about, state, signal))) return;
    if (canUseSocket(state, clock)) await clock.sleep(getReopenWaitMs(state), signal);
  }
}

const createFollowState = async (
  place: LogProgress,
  about: FollowLiveLogDeps,
  signal: AbortSignal,
): Promise<FollowState> => ({
  place,
  newsAt: about.clock.now().getTime(),
  quietChecks: 0,
  // If the job has already finished, nothing is streamed.
  isOver: await about.isOver(signal),
  silentSockets: 0,
  silentAt: 0,
  fruitlessSockets: 0,
  briefSockets: 0,
  emptyPolls: 0,
  sparse: 0,
});

/**
 * True if a socket can start at a known entry. Before the first entry it cannot: without an offset, the
 * socket omits entries written before it is open. Source: docs/protocols/juliahub.md, 5.3.
 */
const canUseSocket = ({ place, isOver, silentSockets, silentAt }: FollowState, clock: Clock): boolean =>
  place.getHighestNumber() !== undefined &&
  !isOver &&
  (silentSockets < maxSilentSockets || Math.abs(clock.now().getTime() - silentAt) >= socketRetryMs);

const getPollWaitMs = ({ emptyPolls: vainPolls }: FollowState): number =>
  vainPolls < slowPollThreshold ? pollMs : vainPolls < slowestPollThreshold ? slowPollMs : slowestPollMs;

const getReopenWaitMs = ({ fruitlessSockets, briefSockets }: FollowState): number =>
  fruitlessSockets > 0
    ? getBackoffMs(fruitlessSockets + 1, reopenMs, maxReopenMs)
    : getBackoffMs(Math.max(1, briefSockets - maxQuickReopens), reopenMs, maxBriefReopenMs);

/** Milliseconds until the silence has lasted long enough for a check. */
const getQuietLeftMs = (
  { clock }: FollowLiveLogDeps,
  { newsAt, quietChecks: quietLooks, isOver }: FollowState,
): number =>
  newsAt +
  (isOver ? quietCheckMs : getBackoffMs(quietLooks + 1, quietCheckMs, maxQuietCheckMs)) -
  clock.now().getTime();

/** Reads the stored log after the current position. Returns true if the log is complete. */
async function* readNewEntries(
  about: FollowLiveLogDeps,
  state: FollowState,
  signal: AbortSignal,
): LogEventGenerator<boolean> {
  const passed = state.place.getPassedCount();
  const isWhole = yield* readForward(about.history, state.place, signal);
  if (state.place.getPassedCount() > passed) markNews(about, state);
  return isWhole;
}

function markNews({ clock }: FollowLiveLogDeps, state: FollowState): void {
  state.newsAt = clock.now().getTime();
  state.quietChecks = 0;
}

/**
 * After silence, reads missed entries and checks whether more can follow. Returns true if the log is
 * complete.
 */
async function* checkAfterSilence(
  about: FollowLiveLogDeps,
  state: FollowState,
  signal: AbortSignal,
): LogEventGenerator<boolean> {
  const passed = state.place.getPassedCount();
  if (yield* readNewEntries(about, state, signal)) return true;
  if (state.place.getPassedCount() > passed) return false;
  if (state.isOver) return true;
  state.isOver = await about.isOver(signal);
  state.quietChecks++;
  state.newsAt = about.clock.now().getTime();
  return false;
}

/** Follows one socket until it closes or fails. Returns true if the log is complete. */
async function* followSocket(
  about: FollowLiveLogDeps,
  state: FollowState,
  signal: AbortSignal,
): LogEventGenerator<boolean> {
  const socket = openSocket(about, state, signal);
  const passed = state.place.getPassedCount();
  const openedAt = about.clock.now().getTime();
  state.silentSockets++;
  state.fruitlessSockets++;
  state.briefSockets++;
  try {
    for (;;) {
      const messages = await readNextMessages(
        socket,
        Math.max(0, getQuietLeftMs(about, state)),
        about,
        signal,
      );
      if (messages === 'broken') return false;
      if (messages === 'ended') {
        state.isOver = await about.isOver(signal);
        return false;
      }
      if (messages.length > 0) state.silentSockets = 0;
      const { entries, bottom } = await parseMessages(messages, about);
      const before = state.place.getPassedCount();
      yield* passStreamedEntries(about, state, entries, signal);
      if (state.place.getPassedCount() > before) markNews(about, state);
      if (state.place.getPassedCount() > passed) state.fruitlessSockets = 0;
      if (bottom) {
        yield* readNewEntries(about, state, signal);
        return true;
      }
      if (getQuietLeftMs(about, state) > 0) continue;
      if (yield* checkAfterSilence(about, state, signal)) return true;
      // The job has finished: the remaining time is waited without a socket.
      if (state.isOver) return false;
    }
  } finally {
    state.silentAt = about.clock.now().getTime();
    if (Math.abs(state.silentAt - openedAt) >= briefSocketMs) state.briefSockets = 0;
    socket.close();
  }
}

/** Source: docs/protocols/juliahub.md, 5.3. */
function openSocket(
  { calls, clock, id }: FollowLiveLogDeps,
  { place }: FollowState,
  signal: AbortSignal,
): SocketMessages {
  const offset = String(place.getHighestNumber() ?? 0);
  const query = { jobname: id, refresh_interval: '1', log_out_type: 'json', offset };
  return createSocketMessages((its) => calls.openSocket(['ws', 'stream_logs'], query, its), clock, signal);
}

/** The entries of several messages. */
async function parseMessages(
  messages: readonly string[],
  { id, log }: FollowLiveLogDeps,
): Promise<{ readonly entries: readonly LogEntry[]; readonly bottom: boolean }> {
  const giveTurn = createYielder();
  const pages: LogEntryPage[] = [];
  for (const message of messages) {
    pages.push(parseMessage(message));
    const turn = giveTurn();
    if (turn) await turn;
  }
  const malformed = pages.reduce((sum, { malformed: some }) => sum + some, 0);
  if (malformed > 0) log.warn(`omitted ${malformed} malformed messages in the log of ${id}`);
  return { entries: pages.flatMap(({ entries }) => entries), bottom: pages.some(({ bottom }) => bottom) };
}

/** The next messages, or how the socket closed. */
async function readNextMessages(
  socket: SocketMessages,
  ms: number,
  { id, log }: FollowLiveLogDeps,
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
