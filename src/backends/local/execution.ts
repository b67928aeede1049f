import { spawn, type ChildProcess } from 'node:child_process';
import { formatDuration } from '../../core/presentation/formatting.js';
import { assertNever } from '../../lib/assertNever.js';
import { getErrorCode } from '../../lib/errno.js';
import { readProcessIdentity, type ProcessIdentity } from './processIdentity.js';
import { prepareLaunch, type JobLaunch } from './launch.js';
import { createJobLogWriter } from './logWriter.js';
import { getProcessTag } from './processTag.js';
import { openJobOutput, type JobOutput } from './output.js';
import type { JobPaths } from './paths.js';
import { killTree, listDescendants, type ProcessTree } from './processTree.js';
import type { LocalJobEnding, LocalJobRecord } from './record.js';
import { listenForStopRequests, type StopRequestListener, type StopRequest } from './stopRequests.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../lib/node/systemClock.js';
import { waitUpTo } from '../../lib/time.js';

/**
 * How long the remaining processes of a job can continue, in milliseconds: half to exit by themselves, half after
 * being asked.
 */
const leftoverTimeoutMs = 2_000;

/** The maximum grace period while the system shuts down, in milliseconds. */
const shutdownGraceMs = 4_000;

/** How long to wait for pending output after the job's last process ended, in milliseconds. */
const drainMs = 1_000;

/** The exit of the job's own process. */
interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly at: number;
}

/** The exit of a job. */
export interface JobExecution {
  /** Undefined if the job's folder was deleted, so that nothing is recorded. */
  readonly ending: LocalJobEnding | undefined;
  /** True if the system shuts down. */
  readonly shutdown: boolean;
}

/**
 * Runs a job to its end: starts it, writes its log, handles requests, and kills remaining processes.
 *
 * @param running - Called once the job's process exists.
 */
export async function executeJob(
  paths: JobPaths,
  record: LocalJobRecord,
  started: number,
  running: (main: ProcessIdentity | undefined) => Promise<void>,
): Promise<JobExecution> {
  // Listens from the start: requests made before the job starts count too.
  const requests = listenForStopRequests(paths, record);
  try {
    const launch = await prepareLaunch(paths, record, process.env);
    const output = openJobOutput(paths.dir);
    const writer = createJobLogWriter(paths);
    try {
      const child = startProcess(launch, output);
      const exit = waitForProcessExit(child);
      const read = output.read(child, writer.write);
      const failure = await waitForStartFailure(child);
      if (failure !== undefined)
        return { ending: createNotStartedEnding(launch, failure, started), shutdown: false };
      const { pid = 0 } = child;
      const tree: ProcessTree = { leader: pid, marker: getProcessTag(paths) };
      await running(readProcessIdentity(pid));
      const { stop, ended } = await superviseProcess(requests, record, tree, exit);
      await cleanUpProcesses(tree, read);
      const ending = stop?.why === 'deleted' ? undefined : toEnding(ended, stop, started);
      return { ending, shutdown: stop?.why === 'shutdown' };
    } finally {
      output.close();
      writer.close();
    }
  } finally {
    requests.close();
  }
}

function startProcess({ program, args, env, cwd }: JobLaunch, output: JobOutput): ChildProcess {
  // In its own session, so that no terminal of the editor reaches it and its whole group can be found.
  return spawn(program, args, { cwd, env, stdio: output.stdio, detached: true, windowsHide: true });
}

/** Listens from the start: a job can end before its exit is requested. */
function waitForProcessExit(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal, at: Date.now() });
    });
  });
}

function waitForStartFailure(child: ChildProcess): Promise<Error | undefined> {
  return new Promise((resolve) => {
    child.once('spawn', () => {
      resolve(undefined);
    });
    child.once('error', resolve);
  });
}

function createNotStartedEnding({ program }: JobLaunch, failure: Error, started: number): LocalJobEnding {
  return {
    phase: 'ended',
    outcome: 'failed',
    word: 'Failed',
    reason: `${program} could not be started: ${getErrorCode(failure) ?? failure.message}`,
    started,
    ended: Date.now(),
  };
}

/** Waits for the job's own end, or ends it on request. */
async function superviseProcess(
  requests: StopRequestListener,
  record: LocalJobRecord,
  tree: ProcessTree,
  exit: Promise<ProcessExit>,
): Promise<{ stop: StopRequest | undefined; ended: ProcessExit | undefined }> {
  const first = await Promise.race([exit, requests.stop]);
  if ('at' in first) return { stop: undefined, ended: first };
  const graceMs = first.why === 'shutdown' ? Math.min(record.graceMs, shutdownGraceMs) : record.graceMs;
  const left = await killTree(tree, graceMs);
  // A process that survives SIGKILL hangs in the kernel and is not waited for.
  return { stop: first, ended: left === 0 ? await exit : await waitUpTo(exit, 100, systemClock) };
}

/** Reads the remaining output and kills the remaining processes, as batch systems do. */
async function cleanUpProcesses(tree: ProcessTree, read: Promise<void>): Promise<void> {
  const isLeft = (): boolean => process.platform !== 'win32' && listDescendants(tree).length > 0;
  for (const until = performance.now() + leftoverTimeoutMs / 2; isLeft() && performance.now() < until;)
    await sleep(100);
  if (isLeft()) await killTree(tree, leftoverTimeoutMs / 2);
  await waitUpTo(read, drainMs, systemClock);
}

function toEnding(
  exit: ProcessExit | undefined,
  stop: StopRequest | undefined,
  started: number,
): LocalJobEnding {
  const { code, signal } = exit ?? { code: null, signal: null };
  return {
    phase: 'ended',
    started,
    ended: exit?.at ?? Date.now(),
    ...(code === null ? {} : { code }),
    ...(signal === null ? {} : { signal }),
    ...(stop ? toStopVerdict(stop) : toOwnVerdict(code, signal)),
  };
}

type JobVerdict = Pick<LocalJobEnding, 'outcome' | 'word' | 'reason'>;

function toOwnVerdict(code: number | null, signal: NodeJS.Signals | null): JobVerdict {
  if (code === 0) return { outcome: 'completed', word: 'Completed' };
  return {
    outcome: 'failed',
    word: 'Failed',
    reason: signal ? `signal ${signal}` : `exit code ${String(code)}`,
  };
}

function toStopVerdict(stop: StopRequest): JobVerdict {
  switch (stop.why) {
    case 'cancelled':
      return { outcome: 'stopped', word: 'Stopped', reason: 'cancelled' };
    case 'limit':
      return {
        outcome: 'failed',
        word: 'TimeLimit',
        reason: `time limit of ${formatDuration(stop.limitMs)} reached`,
      };
    case 'shutdown':
      return { outcome: 'stopped', word: 'Stopped', reason: `runner process received ${stop.signal}` };
    case 'deleted':
      return { outcome: 'stopped', word: 'Stopped', reason: 'job folder was deleted' };
    default:
      return assertNever(stop);
  }
}
