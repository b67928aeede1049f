import { spawn, type ChildProcess } from 'node:child_process';
import { durationText } from '../../core/presentation/duration.js';
import { unreachable } from '../../lib/unreachable.js';
import { getErrorCode } from '../../lib/errno.js';
import { identityOf, type Identity } from './identity.js';
import { launchOf, type Launch } from './launch.js';
import { logWriter } from './logWriter.js';
import { markerOf } from './marker.js';
import { openOutput, type Output } from './output.js';
import type { JobPaths } from './paths.js';
import { endTree, membersOf, type Tree } from './processTree.js';
import type { Ending, JobRecord } from './record.js';
import { listen, type Requests, type Stop } from './requests.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../lib/node/systemClock.js';
import { waitAtMost } from '../../lib/time.js';

/**
 * How long the remaining processes of a job can continue, in milliseconds: half to exit by themselves, half after
 * being asked.
 */
const leftoverMs = 2_000;

/** The maximum grace period while the system shuts down, in milliseconds. */
const shutdownGraceMs = 4_000;

/** How long to wait for pending output after the job's last process ended, in milliseconds. */
const drainMs = 1_000;

/** The exit of the job's own process. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly at: number;
}

/** The exit of a job. */
export interface Execution {
  /** Undefined if the job's folder was deleted, so that nothing is recorded. */
  readonly ending: Ending | undefined;
  /** True if the system shuts down. */
  readonly shutdown: boolean;
}

/**
 * Runs a job to its end: starts it, writes its log, handles requests, and kills remaining processes.
 *
 * @param running - Called once the job's process exists.
 */
export async function execute(
  paths: JobPaths,
  record: JobRecord,
  started: number,
  running: (main: Identity | undefined) => Promise<void>,
): Promise<Execution> {
  // Listens from the start: requests made before the job starts count too.
  const requests = listen(paths, record);
  try {
    const launch = await launchOf(paths, record, process.env);
    const output = openOutput(paths.dir);
    const writer = logWriter(paths);
    try {
      const child = start(launch, output);
      const exit = exitOf(child);
      const read = output.read(child, writer.write);
      const failure = await startFailure(child);
      if (failure !== undefined) return { ending: unstarted(launch, failure, started), shutdown: false };
      const { pid = 0 } = child;
      const tree: Tree = { leader: pid, marker: markerOf(paths) };
      await running(identityOf(pid));
      const { stop, ended } = await supervise(requests, record, tree, exit);
      await clearUp(tree, read);
      const ending = stop?.why === 'deleted' ? undefined : endingOf(ended, stop, started);
      return { ending, shutdown: stop?.why === 'shutdown' };
    } finally {
      output.close();
      writer.close();
    }
  } finally {
    requests.close();
  }
}

function start({ program, args, env, cwd }: Launch, output: Output): ChildProcess {
  // In its own session, so that no terminal of the editor reaches it and its whole group can be found.
  return spawn(program, args, { cwd, env, stdio: output.stdio, detached: true, windowsHide: true });
}

/** Listens from the start: a job can end before its exit is requested. */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal, at: Date.now() });
    });
  });
}

function startFailure(child: ChildProcess): Promise<Error | undefined> {
  return new Promise((resolve) => {
    child.once('spawn', () => {
      resolve(undefined);
    });
    child.once('error', resolve);
  });
}

function unstarted({ program }: Launch, failure: Error, started: number): Ending {
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
async function supervise(
  requests: Requests,
  record: JobRecord,
  tree: Tree,
  exit: Promise<Exit>,
): Promise<{ stop: Stop | undefined; ended: Exit | undefined }> {
  const first = await Promise.race([exit, requests.stop]);
  if ('at' in first) return { stop: undefined, ended: first };
  const graceMs = first.why === 'shutdown' ? Math.min(record.graceMs, shutdownGraceMs) : record.graceMs;
  const left = await endTree(tree, graceMs);
  // A process that survives SIGKILL hangs in the kernel and is not waited for.
  return { stop: first, ended: left === 0 ? await exit : await waitAtMost(exit, 100, systemClock) };
}

/** Reads the remaining output and kills the remaining processes, as batch systems do. */
async function clearUp(tree: Tree, read: Promise<void>): Promise<void> {
  const isLeft = (): boolean => process.platform !== 'win32' && membersOf(tree).length > 0;
  for (const until = performance.now() + leftoverMs / 2; isLeft() && performance.now() < until;)
    await sleep(100);
  if (isLeft()) await endTree(tree, leftoverMs / 2);
  await waitAtMost(read, drainMs, systemClock);
}

function endingOf(exit: Exit | undefined, stop: Stop | undefined, started: number): Ending {
  const { code, signal } = exit ?? { code: null, signal: null };
  return {
    phase: 'ended',
    started,
    ended: exit?.at ?? Date.now(),
    ...(code === null ? {} : { code }),
    ...(signal === null ? {} : { signal }),
    ...(stop ? stopped(stop) : ownEnd(code, signal)),
  };
}

type Verdict = Pick<Ending, 'outcome' | 'word' | 'reason'>;

function ownEnd(code: number | null, signal: NodeJS.Signals | null): Verdict {
  if (code === 0) return { outcome: 'completed', word: 'Completed' };
  return {
    outcome: 'failed',
    word: 'Failed',
    reason: signal ? `signal ${signal}` : `exit code ${String(code)}`,
  };
}

function stopped(stop: Stop): Verdict {
  switch (stop.why) {
    case 'cancelled':
      return { outcome: 'stopped', word: 'Stopped', reason: 'cancelled' };
    case 'limit':
      return {
        outcome: 'failed',
        word: 'TimeLimit',
        reason: `time limit of ${durationText(stop.limitMs)} reached`,
      };
    case 'shutdown':
      return { outcome: 'stopped', word: 'Stopped', reason: `its runner was told to end (${stop.signal})` };
    case 'deleted':
      return { outcome: 'stopped', word: 'Stopped', reason: 'its folder was taken away' };
    default:
      return unreachable(stop);
  }
}
