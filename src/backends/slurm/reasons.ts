import { formatDuration } from '../../core/presentation/formatting.js';
import type { ExitStatus } from '../../core/domain/job.js';
import {
  formatBeginTime,
  formatExit,
  formatStart,
  formatThrottle,
  type ExpectedStart,
} from '../scheduler/jobs/jobText.js';
import type { ViewDialect } from '../scheduler/dialect.js';
import { formatLimitReason, type LimitOwner } from './limits.js';
import { notLaunched, parseExit } from './states.js';

/** The properties of a pending job. */
export interface WaitingContext extends LimitOwner, ExpectedStart {
  readonly throttle?: number | undefined;
  readonly waitsFor?: string | undefined;
}

type ReasonText = () => string;

/** Source: docs/protocols/slurm.md, 10; squeue(1), "JOB REASON CODES". */
const waitingReasons = new Map<string, (about: Partial<WaitingContext>) => string>([
  ['Priority', () => 'waiting for priority'],
  ['Resources', () => 'waiting for resources'],
  ['Dependency', ({ waitsFor }) => waitsFor ?? 'waiting for other jobs'],
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
  ['JobArrayTaskLimit', ({ throttle }) => formatThrottle(throttle)],
  ['BurstBufferResources', () => 'waiting for a burst buffer'],
  ['BurstBufferStageIn', () => 'staging files'],
  ['BurstBufferOperation', () => 'waiting for its burst buffer'],
  ['MaxMemPerLimit', () => 'never starts: requests more memory than allowed'],
  ['DeadLine', () => 'cannot finish before its deadline'],
]);

/** True if a user holds the job, so that it can be released. */
export const isHeldReason = (reason: string): boolean =>
  /^JobHeld(User|Admin)$|^JobHoldMaxRequeue$|\bheld\b/i.test(toPlainReason(reason));

/**
 * The text for why a job is pending and when it may start: `other jobs come first, may start at 14:03`. Reasons that
 * this version does not know are shown as Slurm writes them.
 *
 * @param reason - Slurm's reason, with or without details: `ReqNodeNotAvail, UnavailableNodes:n1`. Empty or `None`:
 * unknown.
 * @returns undefined if neither a reason nor a start is known.
 */
export function formatWaitingReason(reason: string, about: WaitingContext): string | undefined {
  const word = toPlainReason(reason);
  if (word === 'BeginTime') return formatBeginTime(about);
  const why = word === '' || word === 'None' ? undefined : formatReasonCode(word, about);
  const start = formatStart(about);
  // An estimate is meaningless for a job that only a user can let start.
  if (why !== undefined && isHeldReason(word)) return why;
  const parts = [why, start].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** Slurm writes some reasons as sentences, older releases with `_` instead of spaces. */
function toPlainReason(reason: string): string {
  const text = reason.trim().replace(/^\(([\s\S]*)\)$/, '$1');
  return /^[A-Z][A-Za-z]+$/.test(text) ? text : text.replaceAll('_', ' ');
}

function formatReasonCode(word: string, about: WaitingContext): string {
  const nodes = /^ReqNodeNotAvail, ?Unavailable ?Nodes:(\S+)/.exec(word)?.[1];
  if (nodes !== undefined) return `requested nodes are unavailable: ${nodes}`;
  if (/^ReqNodeNotAvail, ?May be reserved/.test(word))
    return 'requested nodes may be reserved for other jobs';
  if (/^Nodes required for job are DOWN/.test(word)) return 'required nodes are down, drained, or reserved';
  return waitingReasons.get(word)?.(about) ?? formatLimitReason(word, about) ?? word;
}

/** The properties of a finished job. */
export interface JobEndContext {
  /** Slurm's long state. */
  readonly state: string;
  readonly reason?: string | undefined;
  readonly exit?: ExitStatus | undefined;
  readonly limitMs?: number | undefined;
  /** False if it never ran. */
  readonly hasStarted?: boolean;
}

/** Source: docs/protocols/slurm.md, 10. */
const endReasons = new Map<string, ReasonText>([
  ['NodeDown', () => 'node went down'],
  ['NodeFail', () => 'node failed'],
  ['SystemFailure', () => 'system failure'],
  ['OutOfMemory', () => 'out of memory'],
  ['TimeLimit', () => 'time limit reached'],
  ['InactiveLimit', () => 'inactive for too long'],
  ['DependencyNeverSatisfied', () => 'a dependency failed'],
]);

/** Why a job that never started has ended. */
const neverStartedReasons = new Map<string, ReasonText>([
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
export function formatEndReason({
  state,
  reason = '',
  exit,
  limitMs,
  hasStarted,
}: JobEndContext): string | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false) return formatNeverStarted(word, reason);
  // squeue also reports this if a signal ended the script (22.05): used only if no signal is known.
  const isLaunch = reason === 'JobLaunchFailure' && exit !== undefined;
  const known = isLaunch ? 'launch failed' : endReasons.get(reason)?.();
  switch (word) {
    case 'COMPLETED':
      return undefined;
    case 'TIMEOUT':
      return limitMs === undefined
        ? 'time limit reached'
        : `time limit of ${formatDuration(limitMs)} reached`;
    case 'CANCELLED':
      return 'cancelled';
    default:
      return (
        stateReasons.get(word)?.() ??
        formatExitReason(exit ?? parseRaisedSignal(reason)) ??
        known ??
        formatOtherReason(reason)
      );
  }
}

/** States that need no further text. */
const stateReasons = new Map<string, ReasonText>([
  ['OUT_OF_MEMORY', () => 'out of memory'],
  ['NODE_FAIL', () => 'node failed'],
  ['BOOT_FAIL', () => 'node failed to boot'],
  ['DEADLINE', () => 'deadline passed'],
  ['PREEMPTED', () => 'preempted by another job'],
  ['REVOKED', () => 'ran on another cluster'],
]);

/** A job that never started has no exit code: Slurm sets 1 or 0. */
function formatNeverStarted(word: string, reason: string): string | undefined {
  if (word === 'COMPLETED') return undefined;
  const known = neverStartedReasons.get(toPlainReason(reason))?.();
  if (known !== undefined) return known;
  if (word === 'CANCELLED') return 'cancelled while queued';
  const why = stateReasons.get(word)?.();
  if (word === 'REVOKED') return why;
  return why === undefined ? 'never started' : `never started: ${why}`;
}

/** `RaisedSignal:11(Segmentation fault)`, as in 24.11. */
function parseRaisedSignal(reason: string): ExitStatus | undefined {
  const number = /^RaisedSignal:(\d+)/.exec(reason)?.[1];
  return number === undefined ? undefined : parseExit(`0:${number}`);
}

function formatExitReason(exit: ExitStatus | undefined): string | undefined {
  if (exit?.signal === notLaunched)
    return 'launch failed: its working directory or output folder may not exist';
  return formatExit(exit);
}

/** The exit of the script itself; for a job that did not fail by itself, Slurm's exit code is not the script's. */
export function toOwnExit({ state, exit, hasStarted }: JobEndContext): ExitStatus | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false || exit?.signal === notLaunched) return undefined;
  if (word === 'COMPLETED') return exit;
  return word === 'FAILED' && exit?.code !== 0 ? exit : undefined;
}

/** sacct keeps the reason why a job was pending (22.05: `JobArrayTaskLimit` for a completed job). Source: observed. */
const formatOtherReason = (reason: string): string | undefined =>
  /^(|None|NonZeroExitCode|BeginTime|JobLaunchFailure)$/.test(reason) ||
  waitingReasons.has(reason) ||
  formatLimitReason(reason, {})
    ? undefined
    : reason;

/** Slurm's texts for jobs. */
export const createSlurmView = (): ViewDialect => ({
  queueLabel: 'Partition',
  canRequeue: true,
  isHeld: ({ reason = '' }) => isHeldReason(reason),
  toWaitingText: ({ reason = '', reasonDetail, ...about }, now, waitsFor) =>
    formatWaitingReason(reasonDetail ?? reason, { ...about, now, waitsFor }),
  toActiveText: (word) => activeStateTexts.get(word)?.(),
  toEndText: ({ state, reason, exit, limit }, hasStarted) => {
    const limitMs = typeof limit === 'number' ? limit : undefined;
    return formatEndReason({ state: state.word, reason, exit, limitMs, hasStarted });
  },
  toExit: ({ state, exit }, hasStarted) => toOwnExit({ state: state.word, exit, hasStarted }),
});

const activeStateTexts = new Map<string, () => string>([
  ['SUSPENDED', () => 'suspended'],
  ['STOPPED', () => 'stopped by a signal'],
  ['CONFIGURING', () => 'configuring nodes'],
  ['COMPLETING', () => 'completing'],
]);
