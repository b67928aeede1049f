import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Log } from '../../core/domain/ports.js';
import { getErrorCode, isMissing, isUnwritable } from '../../lib/errno.js';
import { identityOf, lifeOf, ownIdentity, type Identity } from './identity.js';
import { withLock } from './lock.js';
import { markerOf } from './marker.js';
import { jobPaths, type JobPaths, type SpoolPaths } from './paths.js';
import { endTree } from './processTree.js';
import { readDispatch, type Dispatch, type Ending, type JobProgress } from './record.js';
import { isThere, readText } from '../../lib/node/files.js';
import { activeNumbers, announce, progressOf, setActive, writeProgress, writeOver } from './spool.js';

/** A job that has not finished. */
export interface Active {
  readonly number: number;
  readonly paths: JobPaths;
  /** Undefined if it is queued. */
  readonly progress: JobProgress | undefined;
  /** True if it has a runner that no longer runs. */
  readonly orphaned: boolean;
  /** True if it is queued and cancelled, but that could not be recorded yet. */
  readonly isCancelled: boolean;
}

/** How long a runner on another machine can be silent, in milliseconds. */
const silentMs = 5 * 60_000;

/** How often a runner can die before its job starts. */
const attempts = 3;

/** The jobs that have not finished, oldest first. Takes no lock, so the result can be outdated. */
export async function activeJobs(spool: SpoolPaths): Promise<readonly Active[]> {
  const numbers = await activeNumbers(spool);
  // An unreadable job does not hide the others.
  const found = await Promise.all(numbers.map((number) => activeJob(spool, number).catch(() => undefined)));
  return found.filter((job) => job !== undefined);
}

async function activeJob(spool: SpoolPaths, number: number): Promise<Active | undefined> {
  const paths = jobPaths(join(spool.jobs, String(number)));
  const read = await progressOf(paths);
  // A job with a damaged state is not queued; its runner, if any, rewrites the state at the end.
  if (read && 'broken' in read) return undefined;
  const progress = read?.value;
  if (progress?.phase === 'ended') return undefined;
  // Without a record it is still being submitted.
  if (!progress && !(await isThere(paths.record))) return undefined;
  const orphaned = progress !== undefined && (await isOrphaned(paths, progress));
  const isCancelled = progress === undefined && (await isThere(paths.cancel));
  return { number, paths, progress, orphaned, isCancelled };
}

async function isOrphaned(paths: JobPaths, progress: JobProgress): Promise<boolean> {
  if (progress.phase === 'ended') return false;
  const life = lifeOf(progress.runner);
  if (life !== 'elsewhere') return life === 'dead';
  return isSilent(paths);
}

/** When each heartbeat of a runner on another machine was first seen, by a monotonic clock. */
const signs = new Map<string, { readonly mtimeMs: number; readonly sinceMs: number }>();

/** The clocks of two machines can differ by any time, so that only an unchanged heartbeat is significant. */
async function isSilent(paths: JobPaths): Promise<boolean> {
  const sign = await stat(paths.alive).catch(() => stat(paths.state).catch(() => undefined));
  if (sign === undefined) return false;
  const known = signs.get(paths.dir);
  if (known?.mtimeMs === sign.mtimeMs) return performance.now() - known.sinceMs > silentMs;
  signs.set(paths.dir, { mtimeMs: sign.mtimeMs, sinceMs: performance.now() });
  return false;
}

/** True if {@link tend} would do something. */
export function needsTending(active: readonly Active[], maxRunning: number): boolean {
  const running = active.filter(({ progress }) => progress !== undefined).length;
  const isOpen = active.some(({ orphaned, isCancelled }) => orphaned || isCancelled);
  return isOpen || (running < maxRunning && running < active.length);
}

/** Dependencies of {@link tend}. */
export interface Tending {
  readonly spool: SpoolPaths;
  readonly dispatch: Dispatch;
  /** The base of a runner's environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Schedules the queue: records jobs whose runner died as failed, and starts queued jobs, oldest first, up to the
 * limit. Any number of processes can do so concurrently.
 */
export async function tend(tending: Tending): Promise<void> {
  const { spool, signal, log } = tending;
  const lost = await withLock(spool.lock, () => tendLocked(tending), signal);
  for (const { paths, main } of lost) {
    const left = await endTree(treeLeft(paths, main), 2_000);
    if (left > 0) log.warn(`${left} processes of ${paths.dir} could not be ended`);
  }
}

interface Lost {
  readonly paths: JobPaths;
  readonly main: Identity | undefined;
}

async function tendLocked(tending: Tending): Promise<readonly Lost[]> {
  const { spool, dispatch, log } = tending;
  await clearIndex(spool);
  const lost: Lost[] = [];
  const waiting: { readonly paths: JobPaths; readonly attempt: number }[] = [];
  let running = 0;
  for (const { paths, progress, orphaned, isCancelled } of await activeJobs(spool)) {
    if (isCancelled) await recordLater(tending, paths, cancelledEnding());
    else if (progress === undefined) waiting.push({ paths, attempt: 1 });
    else if (!orphaned) running++;
    else if (progress.phase === 'starting' && progress.attempt < attempts) {
      waiting.push({ paths, attempt: progress.attempt + 1 });
    } else {
      await recordLater(tending, paths, lostEnding(progress));
      log.warn(`The runner of ${paths.dir} died. It said: ${await lastWords(paths)}`);
      lost.push({ paths, main: progress.phase === 'running' ? progress.main : undefined });
    }
  }
  const ready = waiting.length > 0 && canStart(dispatch, log);
  for (const { paths, attempt } of ready ? waiting : []) {
    if (running >= dispatch.maxRunning) break;
    if (await start(paths, attempt, tending)) running++;
  }
  return lost;
}

/**
 * Records an exit; if the disk refuses it, the next round tries again. Remaining processes of the job are killed in
 * any case.
 */
async function recordLater({ spool, log }: Tending, paths: JobPaths, ending: Ending): Promise<void> {
  try {
    await recordEnding(spool, paths, ending);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    log.warn(`The end of ${paths.dir} cannot be recorded yet: ${getErrorCode(error) ?? ''}.`);
  }
}

/** The exit of a job that was cancelled while queued. */
export const cancelledEnding = (): Ending => ({
  phase: 'ended',
  outcome: 'stopped',
  word: 'Stopped',
  reason: 'cancelled while queued',
  ended: Date.now(),
});

function lostEnding(progress: JobProgress): Ending {
  const begun = progress.phase === 'running';
  return {
    phase: 'ended',
    outcome: 'failed',
    word: 'Lost',
    reason: begun
      ? 'its runner died without a word; the computer may have been switched off'
      : 'its runner could not start',
    ended: Date.now(),
    ...(begun ? { started: progress.started } : {}),
  };
}

/** Writes the exit of a job and notifies watchers. A deleted folder needs no record. */
export async function recordEnding(spool: SpoolPaths, paths: JobPaths, ending: Ending): Promise<void> {
  try {
    await writeProgress(paths, ending);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await rm(paths.spare, { force: true });
  await setActive(spool, String(numberOf(paths)), false);
  await announce(spool);
}

/** The number of a job, from its folder. */
export const numberOf = (paths: JobPaths): number => Number(/(?<!\d)(\d+)$/.exec(paths.dir)?.[1]);

/** Removes the entries of finished and deleted jobs whose writer died before removing them. */
async function clearIndex(spool: SpoolPaths): Promise<void> {
  for (const number of await activeNumbers(spool)) {
    const paths = jobPaths(join(spool.jobs, String(number)));
    const read = await progressOf(paths);
    const ended = read !== undefined && 'value' in read && read.value.phase === 'ended';
    if (ended || !(await isThere(paths.dir))) await setActive(spool, String(number), false);
  }
}

/** An updated extension deletes its older files; then the next window starts the queued jobs. */
function canStart({ program, args }: Dispatch, log: Log): boolean {
  const missing = [program, ...args].find((part) => isAbsolute(part) && !existsSync(part));
  if (missing !== undefined) log.warn(`No job can be started: ${missing} is not there.`);
  return missing === undefined;
}

/** Starts a job's runner, which outlives this process. False if it did not start; the job stays queued. */
async function start(paths: JobPaths, attempt: number, tending: Tending): Promise<boolean> {
  const { dispatch, spool, log } = tending;
  const words = await open(paths.runnerLog, 'a', 0o600).catch(() => undefined);
  // The job's folder was just deleted.
  if (words === undefined) return false;
  try {
    const child = spawn(dispatch.program, [...dispatch.args, paths.dir], {
      detached: true,
      windowsHide: true,
      cwd: spool.folder,
      env: { ...runnerEnv(tending.env), ...dispatch.env },
      stdio: ['ignore', 'ignore', words.fd],
    });
    child.on('error', (error) => {
      log.error(`The runner of ${paths.dir} could not be started.`, error);
    });
    child.unref();
    const { pid } = child;
    if (pid === undefined) return false;
    const runner = identityOf(pid);
    // A runner that died already has recorded nothing: the next round starts it again and counts.
    await writeProgress(paths, {
      phase: 'starting',
      runner: runner ?? { ...ownIdentity(), pid, start: 'dead' },
      attempt,
    });
    await announce(spool);
    return true;
  } finally {
    await words.close();
  }
}

/** A runner belongs to no job: the marker of a job's processes must not mark it. */
function runnerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BATCH_JOBS_')));
}

/** The remaining processes of a job whose runner died; the first process counts only if it is still the same. */
function treeLeft(paths: JobPaths, main: Identity | undefined): { leader?: number; marker: string } {
  const marker = markerOf(paths);
  return main && lifeOf(main) === 'alive' ? { leader: main.pid, marker } : { marker };
}

async function lastWords(paths: JobPaths): Promise<string> {
  const text = await readText(paths.runnerLog).catch(() => '');
  return text.trim() === '' ? 'nothing' : text.trim().slice(-2000);
}

/** Stores for the runners how the next job is started. Written only if changed. */
export async function shareDispatch(spool: SpoolPaths, dispatch: Dispatch): Promise<void> {
  const text = JSON.stringify(dispatch);
  const before = await readText(spool.dispatch).catch(() => undefined);
  if (before !== text) await writeOver(spool.dispatch, text);
}

/** How the next job is started, as stored by a window; undefined if unreadable. */
export async function sharedDispatch(spool: SpoolPaths): Promise<Dispatch | undefined> {
  const text = await readText(spool.dispatch).catch(() => undefined);
  const read = text === undefined ? undefined : readDispatch(text);
  return read && 'value' in read ? read.value : undefined;
}
