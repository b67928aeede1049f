import { durationText } from '../../core/presentation/duration.js';
import type { Exit } from '../../core/domain/job.js';
import { toBeginText, toExitText, toStartText, type Expected } from '../scheduler/jobs/jobWords.js';
import type { ViewDialect } from '../scheduler/dialect.js';
import { limitText, type Whose } from './limits.js';
import { notLaunched, readExit } from './states.js';

/** The properties of a pending job. */
export interface Waiting extends Whose, Expected {}

type Words = () => string;

/** Source: docs/protocols/slurm.md, 10; squeue(1), "JOB REASON CODES". */
const waiting = new Map<string, Words>([
  ['Priority', () => 'waiting for priority'],
  ['Resources', () => 'waiting for resources'],
  ['Dependency', () => 'waiting for other jobs'],
  ['DependencyNeverSatisfied', () => 'never starts: a dependency failed'],
  ['JobHeldUser', () => 'held'],
  ['JobHeldAdmin', () => 'held by an administrator'],
  ['JobHoldMaxRequeue', () => 'held: requeued too often'],
  ['job requeued in held state', () => 'requeued and held'],
  ['launch failed requeued held', () => 'held: launch failed'],
  ['user env retrieval failed requeued held', () => 'held: environment could not be read'],
  ['PartitionTimeLimit', () => "never starts: time limit exceeds the partition's limit"],
  ['PartitionNodeLimit', () => 'never starts: requests more nodes than the partition allows'],
  ['PartitionDown', () => 'partition is down'],
  ['PartitionInactive', () => 'partition is inactive'],
  ['PartitionConfig', () => 'never starts: the partition does not allow the request'],
  ['ReqNodeNotAvail', () => 'requested nodes are unavailable'],
  ['NodeDown', () => 'a required node is down'],
  ['FrontEndDown', () => 'no front-end node is available'],
  ['Licenses', () => 'waiting for a license'],
  ['InvalidAccount', () => 'never starts: invalid account'],
  ['InvalidQOS', () => 'never starts: invalid QOS'],
  ['QOSNotAllowed', () => 'never starts: QOS not allowed in the partition'],
  ['AccountNotAllowed', () => 'never starts: account not allowed in the partition'],
  ['QOSUsageThreshold', () => 'account has exceeded its usage for this QOS'],
  ['AccountingPolicy', () => 'account or QOS limit reached'],
  ['BadConstraints', () => 'never starts: no node matches the request'],
  ['Reservation', () => 'waiting for its reservation'],
  ['ReservationDeleted', () => 'its reservation was deleted'],
  ['WaitingForScheduling', () => 'not yet scheduled'],
  ['SchedDefer', () => 'not yet scheduled'],
  ['Cleaning', () => 'previous run is being cleaned up'],
  ['Prolog', () => 'nodes are being configured'],
  ['JobArrayTaskLimit', () => 'array task limit reached'],
  ['BurstBufferResources', () => 'waiting for a burst buffer'],
  ['BurstBufferStageIn', () => 'staging files'],
  ['BurstBufferOperation', () => 'waiting for its burst buffer'],
  ['MaxMemPerLimit', () => 'never starts: requests more memory than allowed'],
  ['DeadLine', () => 'cannot finish before its deadline'],
]);

/** True if a user holds the job, so that it can be released. */
export const isHeldReason = (reason: string): boolean =>
  /^JobHeld(User|Admin)$|^JobHoldMaxRequeue$|\bheld\b/i.test(plain(reason));

/**
 * The text for why a job is pending and when it may start: `other jobs come first, may start at 14:03`. Reasons that
 * this version does not know are shown as Slurm writes them.
 *
 * @param reason - Slurm's reason, with or without details: `ReqNodeNotAvail, UnavailableNodes:n1`. Empty or `None`:
 * unknown.
 * @returns undefined if neither a reason nor a start is known.
 */
export function reasonText(reason: string, about: Waiting): string | undefined {
  const word = plain(reason);
  if (word === 'BeginTime') return toBeginText(about);
  const why = word === '' || word === 'None' ? undefined : whyText(word, about);
  const start = toStartText(about);
  // An estimate is meaningless for a job that only a user can let start.
  if (why !== undefined && isHeldReason(word)) return why;
  const parts = [why, start].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** Slurm writes some reasons as sentences, older releases with `_` instead of spaces. */
function plain(reason: string): string {
  const text = reason.trim().replace(/^\(([\s\S]*)\)$/, '$1');
  return /^[A-Z][A-Za-z]+$/.test(text) ? text : text.replaceAll('_', ' ');
}

function whyText(word: string, whose: Whose): string {
  const nodes = /^ReqNodeNotAvail, ?Unavailable ?Nodes:(\S+)/.exec(word)?.[1];
  if (nodes !== undefined) return `requested nodes are unavailable: ${nodes}`;
  if (/^ReqNodeNotAvail, ?May be reserved/.test(word))
    return 'requested nodes may be reserved for other jobs';
  if (/^Nodes required for job are DOWN/.test(word)) return 'required nodes are down, drained, or reserved';
  return waiting.get(word)?.() ?? limitText(word, whose) ?? word;
}

/** The properties of a finished job. */
export interface Ending {
  /** Slurm's long state. */
  readonly state: string;
  readonly reason?: string | undefined;
  readonly exit?: Exit | undefined;
  readonly limitMs?: number | undefined;
  /** False if it never ran. */
  readonly hasStarted?: boolean;
}

/** Source: docs/protocols/slurm.md, 10. */
const ended = new Map<string, Words>([
  ['NodeDown', () => 'node went down'],
  ['NodeFail', () => 'node failed'],
  ['SystemFailure', () => 'system failure'],
  ['OutOfMemory', () => 'out of memory'],
  ['TimeLimit', () => 'time limit reached'],
  ['InactiveLimit', () => 'inactive for too long'],
  ['DependencyNeverSatisfied', () => 'a dependency failed'],
]);

/** Why a job that never started has ended. */
const neverBegan = new Map<string, Words>([
  ['BadConstraints', () => 'never started: no node matched the request'],
  ['Requested node configuration is not available', () => 'never started: no node matched the request'],
  ['DependencyNeverSatisfied', () => 'never started: a dependency failed'],
  ['JobLaunchFailure', () => 'never started: launch failed'],
]);

/**
 * Why a job ended as it did: `exit code 3`, `out of memory`, `time limit of 1 h reached`.
 *
 * @returns undefined if it completed, or nothing but its state is known.
 */
export function endText({ state, reason = '', exit, limitMs, hasStarted }: Ending): string | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false) return neverText(word, reason);
  // squeue also reports this if a signal ended the script (22.05): used only if no signal is known.
  const isLaunch = reason === 'JobLaunchFailure' && exit !== undefined;
  const known = isLaunch ? 'launch failed' : ended.get(reason)?.();
  switch (word) {
    case 'COMPLETED':
      return undefined;
    case 'TIMEOUT':
      return limitMs === undefined ? 'time limit reached' : `time limit of ${durationText(limitMs)} reached`;
    case 'CANCELLED':
      return 'cancelled';
    default:
      return byWord.get(word)?.() ?? exitText(exit ?? raised(reason)) ?? known ?? otherText(reason);
  }
}

/** States that need no further text. */
const byWord = new Map<string, Words>([
  ['OUT_OF_MEMORY', () => 'out of memory'],
  ['NODE_FAIL', () => 'node failed'],
  ['BOOT_FAIL', () => 'node failed to boot'],
  ['DEADLINE', () => 'deadline passed'],
  ['PREEMPTED', () => 'preempted by another job'],
  ['REVOKED', () => 'ran on another cluster'],
]);

/** A job that never started has no exit code: Slurm sets 1 or 0. */
function neverText(word: string, reason: string): string | undefined {
  if (word === 'COMPLETED') return undefined;
  const known = neverBegan.get(plain(reason))?.();
  if (known !== undefined) return known;
  if (word === 'CANCELLED') return 'cancelled while queued';
  const why = byWord.get(word)?.();
  if (word === 'REVOKED') return why;
  return why === undefined ? 'never started' : `never started: ${why}`;
}

/** `RaisedSignal:11(Segmentation fault)`, as in 24.11. */
function raised(reason: string): Exit | undefined {
  const number = /^RaisedSignal:(\d+)/.exec(reason)?.[1];
  return number === undefined ? undefined : readExit(`0:${number}`);
}

function exitText(exit: Exit | undefined): string | undefined {
  if (exit?.signal === notLaunched)
    return 'launch failed: its working directory or output folder may not exist';
  return toExitText(exit);
}

/** The exit of the script itself; for a job that did not fail by itself, Slurm's exit code is not the script's. */
export function ownExit({ state, exit, hasStarted }: Ending): Exit | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false || exit?.signal === notLaunched) return undefined;
  if (word === 'COMPLETED') return exit;
  return word === 'FAILED' && exit?.code !== 0 ? exit : undefined;
}

/** sacct keeps the reason why a job was pending (22.05: `JobArrayTaskLimit` for a completed job). Source: observed. */
const otherText = (reason: string): string | undefined =>
  /^(|None|NonZeroExitCode|BeginTime|JobLaunchFailure)$/.test(reason) ||
  waiting.has(reason) ||
  limitText(reason, {})
    ? undefined
    : reason;

/** Slurm's texts for jobs. */
export const slurmView = (): ViewDialect => ({
  queueLabel: 'Partition',
  canRequeue: true,
  isHeld: ({ reason = '' }) => isHeldReason(reason),
  toWaitingText: ({ reason = '', reasonDetail, start, qos, account }, now) =>
    reasonText(reasonDetail ?? reason, { start, now, qos, account }),
  toActiveText: (word) => flags.get(word)?.(),
  toEndText: ({ state, reason, exit, limit }, hasStarted) => {
    const limitMs = typeof limit === 'number' ? limit : undefined;
    return endText({ state: state.word, reason, exit, limitMs, hasStarted });
  },
  toExit: ({ state, exit }, hasStarted) => ownExit({ state: state.word, exit, hasStarted }),
});

const flags = new Map<string, () => string>([
  ['SUSPENDED', () => 'suspended'],
  ['STOPPED', () => 'stopped by a signal'],
  ['CONFIGURING', () => 'configuring nodes'],
  ['COMPLETING', () => 'completing'],
]);
