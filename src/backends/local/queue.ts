import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Log } from '../../core/domain/ports.js';
import { getErrorCode, isMissing, isUnwritable } from '../../lib/errno.js';
import {
  readProcessIdentity,
  getProcessLife,
  getOwnIdentity,
  type ProcessIdentity,
} from './processIdentity.js';
import { withSpoolLock } from './lock.js';
import { getProcessTag } from './processTag.js';
import { getJobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { killTree } from './processTree.js';
import { parseDispatch, type RunnerDispatch, type LocalJobEnding, type JobProgress } from './record.js';
import { pathExists, readText } from '../../lib/node/files.js';
import {
  listActiveJobNumbers,
  notifyChanged,
  readJobProgress,
  setActiveMark,
  writeProgress,
  writeSpoolFile,
} from './spool.js';

/** A job that has not finished. */
export interface ActiveJob {
  readonly number: number;
  readonly paths: JobPaths;
  /** Undefined if it is queued. */
  readonly progress: JobProgress | undefined;
  /** True if it has a runner that no longer runs. */
  readonly isOrphaned: boolean;
  /** True if it is queued and cancelled, but that could not be recorded yet. */
  readonly isCancelled: boolean;
}

/** How long a runner on another machine can be silent, in milliseconds. */
const heartbeatTimeoutMs = 5 * 60_000;

/** How often a runner can die before its job starts. */
const maxStartAttempts = 3;

/** The jobs that have not finished, oldest first. Takes no lock, so the result can be outdated. */
export async function listActiveLocalJobs(spool: SpoolPaths): Promise<readonly ActiveJob[]> {
  const numbers = await listActiveJobNumbers(spool);
  // An unreadable job does not hide the others.
  const found = await Promise.all(
    numbers.map((number) => getActiveLocalJob(spool, number).catch(() => undefined)),
  );
  return found.filter((job) => job !== undefined);
}

async function getActiveLocalJob(spool: SpoolPaths, number: number): Promise<ActiveJob | undefined> {
  const paths = getJobPaths(join(spool.jobs, String(number)));
  const read = await readJobProgress(paths);
  // A job with a damaged state is not queued; its runner, if any, rewrites the state at the end.
  if (read && 'broken' in read) return undefined;
  const progress = read?.value;
  if (progress?.phase === 'ended') return undefined;
  // Without a record it is still being submitted.
  if (!progress && !(await pathExists(paths.record))) return undefined;
  const orphaned = progress !== undefined && (await isOrphaned(paths, progress));
  const isCancelled = progress === undefined && (await pathExists(paths.cancel));
  return { number, paths, progress, isOrphaned: orphaned, isCancelled };
}

async function isOrphaned(paths: JobPaths, progress: JobProgress): Promise<boolean> {
  if (progress.phase === 'ended') return false;
  const life = getProcessLife(progress.runner);
  if (life !== 'elsewhere') return life === 'dead';
  return isHeartbeatMissing(paths);
}

/** When each heartbeat of a runner on another machine was first seen, by a monotonic clock. */
const heartbeats = new Map<string, { readonly mtimeMs: number; readonly sinceMs: number }>();

/** The clocks of two machines can differ by any time, so that only an unchanged heartbeat is significant. */
async function isHeartbeatMissing(paths: JobPaths): Promise<boolean> {
  const sign = await stat(paths.alive).catch(() => stat(paths.state).catch(() => undefined));
  if (sign === undefined) return false;
  const known = heartbeats.get(paths.dir);
  if (known?.mtimeMs === sign.mtimeMs) return performance.now() - known.sinceMs > heartbeatTimeoutMs;
  heartbeats.set(paths.dir, { mtimeMs: sign.mtimeMs, sinceMs: performance.now() });
  return false;
}

/** True if {@link schedule} would do something. */
export function needsScheduling(active: readonly ActiveJob[], maxRunning: number): boolean {
  const running = active.filter(({ progress }) => progress !== undefined).length;
  const isOpen = active.some(({ isOrphaned: orphaned, isCancelled }) => orphaned || isCancelled);
  return isOpen || (running < maxRunning && running < active.length);
}

/** Dependencies of {@link schedule}. */
export interface ScheduleDeps {
  readonly spool: SpoolPaths;
  readonly dispatch: RunnerDispatch;
  /** The base of a runner's environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Schedules the queue: records jobs whose runner died as failed, and starts queued jobs, oldest first, up to the
 * limit. Any number of processes can do so concurrently.
 */
export async function schedule(tending: ScheduleDeps): Promise<void> {
  const { spool, signal, log } = tending;
  const lost = await withSpoolLock(spool.lock, () => scheduleLocked(tending), signal);
  for (const { paths, main } of lost) {
    const left = await killTree(getRemainingTree(paths, main), 2_000);
    if (left > 0) log.warn(`${left} processes of ${paths.dir} could not be terminated`);
  }
}

interface LostJob {
  readonly paths: JobPaths;
  readonly main: ProcessIdentity | undefined;
}

async function scheduleLocked(tending: ScheduleDeps): Promise<readonly LostJob[]> {
  const { spool, dispatch, log } = tending;
  await cleanIndex(spool);
  const lost: LostJob[] = [];
  const waiting: { readonly paths: JobPaths; readonly attempt: number }[] = [];
  let running = 0;
  for (const { paths, progress, isOrphaned: orphaned, isCancelled } of await listActiveLocalJobs(spool)) {
    if (isCancelled) await recordEndingLater(tending, paths, createCancelledEnding());
    else if (progress === undefined) waiting.push({ paths, attempt: 1 });
    else if (!orphaned) running++;
    else if (progress.phase === 'starting' && progress.attempt < maxStartAttempts) {
      waiting.push({ paths, attempt: progress.attempt + 1 });
    } else {
      await recordEndingLater(tending, paths, createLostEnding(progress));
      log.warn(
        `The runner of ${paths.dir} exited unexpectedly. Its output: ${await readRunnerLogTail(paths)}`,
      );
      lost.push({ paths, main: progress.phase === 'running' ? progress.main : undefined });
    }
  }
  const ready = waiting.length > 0 && canStartRunner(dispatch, log);
  for (const { paths, attempt } of ready ? waiting : []) {
    if (running >= dispatch.maxRunning) break;
    if (await startRunner(paths, attempt, tending)) running++;
  }
  return lost;
}

/**
 * Records an exit; if the disk refuses it, the next round tries again. Remaining processes of the job are killed in
 * any case.
 */
async function recordEndingLater(
  { spool, log }: ScheduleDeps,
  paths: JobPaths,
  ending: LocalJobEnding,
): Promise<void> {
  try {
    await recordEnding(spool, paths, ending);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    log.warn(`The outcome of ${paths.dir} cannot be recorded yet: ${getErrorCode(error) ?? ''}.`);
  }
}

/** The exit of a job that was cancelled while queued. */
export const createCancelledEnding = (): LocalJobEnding => ({
  phase: 'ended',
  outcome: 'stopped',
  word: 'Cancelled',
  reason: 'cancelled while queued',
  ended: Date.now(),
});

function createLostEnding(progress: JobProgress): LocalJobEnding {
  const begun = progress.phase === 'running';
  return {
    phase: 'ended',
    outcome: 'failed',
    word: 'Lost',
    reason: begun
      ? 'runner process exited unexpectedly; the computer may have been switched off'
      : 'runner process could not start',
    ended: Date.now(),
    ...(begun ? { started: progress.started } : {}),
  };
}

/** Writes the exit of a job and notifies watchers. A deleted folder needs no record. */
export async function recordEnding(
  spool: SpoolPaths,
  paths: JobPaths,
  ending: LocalJobEnding,
): Promise<void> {
  try {
    await writeProgress(paths, ending);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await rm(paths.spare, { force: true });
  await setActiveMark(spool, String(parseJobNumber(paths)), false);
  await notifyChanged(spool);
}

/** The number of a job, from its folder. */
export const parseJobNumber = (paths: JobPaths): number => Number(/(?<!\d)(\d+)$/.exec(paths.dir)?.[1]);

/** Removes the entries of finished and deleted jobs whose writer died before removing them. */
async function cleanIndex(spool: SpoolPaths): Promise<void> {
  for (const number of await listActiveJobNumbers(spool)) {
    const paths = getJobPaths(join(spool.jobs, String(number)));
    const read = await readJobProgress(paths);
    const ended = read !== undefined && 'value' in read && read.value.phase === 'ended';
    if (ended || !(await pathExists(paths.dir))) await setActiveMark(spool, String(number), false);
  }
}

/** An updated extension deletes its older files; then the next window starts the queued jobs. */
function canStartRunner({ program, args }: RunnerDispatch, log: Log): boolean {
  const missing = [program, ...args].find((part) => isAbsolute(part) && !existsSync(part));
  if (missing !== undefined) log.warn(`Jobs cannot be started: ${missing} does not exist.`);
  return missing === undefined;
}

/** Starts a job's runner, which outlives this process. False if it did not start; the job stays queued. */
async function startRunner(paths: JobPaths, attempt: number, tending: ScheduleDeps): Promise<boolean> {
  const { dispatch, spool, log } = tending;
  const words = await open(paths.runnerLog, 'a', 0o600).catch(() => undefined);
  // The job's folder was just deleted.
  if (words === undefined) return false;
  try {
    const child = spawn(dispatch.program, [...dispatch.args, paths.dir], {
      detached: true,
      windowsHide: true,
      cwd: spool.folder,
      env: { ...createRunnerEnv(tending.env), ...dispatch.env },
      stdio: ['ignore', 'ignore', words.fd],
    });
    child.on('error', (error) => {
      log.error(`The runner of ${paths.dir} could not be started.`, error);
    });
    child.unref();
    const { pid } = child;
    if (pid === undefined) return false;
    const runner = readProcessIdentity(pid);
    // A runner that died already has recorded nothing: the next round starts it again and counts.
    await writeProgress(paths, {
      phase: 'starting',
      runner: runner ?? { ...getOwnIdentity(), pid, start: 'dead' },
      attempt,
    });
    await notifyChanged(spool);
    return true;
  } finally {
    await words.close();
  }
}

/** A runner belongs to no job: the marker of a job's processes must not mark it. */
function createRunnerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BATCH_JOBS_')));
}

/** The remaining processes of a job whose runner died; the first process counts only if it is still the same. */
function getRemainingTree(
  paths: JobPaths,
  main: ProcessIdentity | undefined,
): { leader?: number; marker: string } {
  const marker = getProcessTag(paths);
  return main && getProcessLife(main) === 'alive' ? { leader: main.pid, marker } : { marker };
}

async function readRunnerLogTail(paths: JobPaths): Promise<string> {
  const text = await readText(paths.runnerLog).catch(() => '');
  return text.trim() === '' ? 'nothing' : text.trim().slice(-2000);
}

/** Stores for the runners how the next job is started. Written only if changed. */
export async function writeDispatch(spool: SpoolPaths, dispatch: RunnerDispatch): Promise<void> {
  const text = JSON.stringify(dispatch);
  const before = await readText(spool.dispatch).catch(() => undefined);
  if (before !== text) await writeSpoolFile(spool.dispatch, text);
}

/** How the next job is started, as stored by a window; undefined if unreadable. */
export async function readSharedDispatch(spool: SpoolPaths): Promise<RunnerDispatch | undefined> {
  const text = await readText(spool.dispatch).catch(() => undefined);
  const read = text === undefined ? undefined : parseDispatch(text);
  return read && 'value' in read ? read.value : undefined;
}
