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

/** A job that has not ended, as the queue sees it. */
export interface Active {
  readonly number: number;
  readonly paths: JobPaths;
  /** Undefined: it waits. */
  readonly progress: JobProgress | undefined;
  /** True: it has a runner, and that runner is gone. */
  readonly orphaned: boolean;
  /** True: it waits, and is to end before it begins, which could not be recorded yet. */
  readonly isCancelled: boolean;
}

/** Milliseconds for which a runner on another machine may be silent. */
const silentMs = 5 * 60_000;

/** How often a runner may die before it has begun. */
const attempts = 3;

/** The jobs that have not ended, oldest first. Takes no lock: a look, not a promise. */
export async function activeJobs(spool: SpoolPaths): Promise<readonly Active[]> {
  const numbers = await activeNumbers(spool);
  // One that cannot even be looked at keeps nobody from the others.
  const found = await Promise.all(numbers.map((number) => activeJob(spool, number).catch(() => undefined)));
  return found.filter((job) => job !== undefined);
}

async function activeJob(spool: SpoolPaths, number: number): Promise<Active | undefined> {
  const paths = jobPaths(join(spool.jobs, String(number)));
  const read = await progressOf(paths);
  // A damaged state is not waiting; its runner, if it has one, writes it anew at the end.
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

/** When each sign of life of a runner on another machine was first seen as it is, by a clock that nobody sets. */
const signs = new Map<string, { readonly mtimeMs: number; readonly sinceMs: number }>();

/** The clocks of two machines may differ by any time, so that only a sign that does not change says something. */
async function isSilent(paths: JobPaths): Promise<boolean> {
  const sign = await stat(paths.alive).catch(() => stat(paths.state).catch(() => undefined));
  if (sign === undefined) return false;
  const known = signs.get(paths.dir);
  if (known?.mtimeMs === sign.mtimeMs) return performance.now() - known.sinceMs > silentMs;
  signs.set(paths.dir, { mtimeMs: sign.mtimeMs, sinceMs: performance.now() });
  return false;
}

/** True where {@link tend} would do something. */
export function needsTending(active: readonly Active[], maxRunning: number): boolean {
  const running = active.filter(({ progress }) => progress !== undefined).length;
  const isOpen = active.some(({ orphaned, isCancelled }) => orphaned || isCancelled);
  return isOpen || (running < maxRunning && running < active.length);
}

/** What {@link tend} needs of the one who calls it. */
export interface Tending {
  readonly spool: SpoolPaths;
  readonly dispatch: Dispatch;
  /** What a runner's environment is made from. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Sees to the queue: jobs whose runner died are recorded as failed, and waiting ones are started, the oldest first, as
 * long as fewer than the allowed number run. Any number of processes may do so at once.
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

/** Records an end; on a disk that takes nothing, the next round does. What a job left running is ended all the same. */
async function recordLater({ spool, log }: Tending, paths: JobPaths, ending: Ending): Promise<void> {
  try {
    await recordEnding(spool, paths, ending);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    log.warn(`The end of ${paths.dir} cannot be recorded yet: ${getErrorCode(error) ?? ''}.`);
  }
}

/** How a job ends that was cancelled while it waited. */
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

/** Writes how a job ended, and tells. A folder that is gone needs no record. */
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

/** A job's number, by its folder. */
export const numberOf = (paths: JobPaths): number => Number(/(?<!\d)(\d+)$/.exec(paths.dir)?.[1]);

/** Entries of jobs that have ended or are gone: their end was written, and the writer died before this. */
async function clearIndex(spool: SpoolPaths): Promise<void> {
  for (const number of await activeNumbers(spool)) {
    const paths = jobPaths(join(spool.jobs, String(number)));
    const read = await progressOf(paths);
    const ended = read !== undefined && 'value' in read && read.value.phase === 'ended';
    if (ended || !(await isThere(paths.dir))) await setActive(spool, String(number), false);
  }
}

/** An updated extension takes its older files away; then the next window starts what waits. */
function canStart({ program, args }: Dispatch, log: Log): boolean {
  const missing = [program, ...args].find((part) => isAbsolute(part) && !existsSync(part));
  if (missing !== undefined) log.warn(`No job can be started: ${missing} is not there.`);
  return missing === undefined;
}

/** Starts a job's runner, which outlives this process. False: it did not start, and the job waits on. */
async function start(paths: JobPaths, attempt: number, tending: Tending): Promise<boolean> {
  const { dispatch, spool, log } = tending;
  const words = await open(paths.runnerLog, 'a', 0o600).catch(() => undefined);
  // Its folder was taken away a moment ago.
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
    // One that is dead already has recorded nothing: the next round starts it again, and counts.
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

/** A runner is nobody's part: what marks the processes of a job must not mark it. */
function runnerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BATCH_JOBS_')));
}

/** What is left of a job whose runner died; the first process counts only if it is still the same. */
function treeLeft(paths: JobPaths, main: Identity | undefined): { leader?: number; marker: string } {
  const marker = markerOf(paths);
  return main && lifeOf(main) === 'alive' ? { leader: main.pid, marker } : { marker };
}

async function lastWords(paths: JobPaths): Promise<string> {
  const text = await readText(paths.runnerLog).catch(() => '');
  return text.trim() === '' ? 'nothing' : text.trim().slice(-2000);
}

/** Leaves for the runners how the next job is started. Written only where it is another than before. */
export async function shareDispatch(spool: SpoolPaths, dispatch: Dispatch): Promise<void> {
  const text = JSON.stringify(dispatch);
  const before = await readText(spool.dispatch).catch(() => undefined);
  if (before !== text) await writeOver(spool.dispatch, text);
}

/** How the next job is started, as a window left it; undefined: it cannot be read. */
export async function sharedDispatch(spool: SpoolPaths): Promise<Dispatch | undefined> {
  const text = await readText(spool.dispatch).catch(() => undefined);
  const read = text === undefined ? undefined : readDispatch(text);
  return read && 'value' in read ? read.value : undefined;
}
