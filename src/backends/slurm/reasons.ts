import { durationText } from '../../core/presentation/duration.js';
import type { Exit } from '../../core/domain/job.js';
import { toBeginText, toExitText, toStartText, type Expected } from '../scheduler/jobs/jobWords.js';
import type { ViewDialect } from '../scheduler/dialect.js';
import { limitText, type Whose } from './limits.js';
import { notLaunched, readExit } from './states.js';

/** What is known of a job that waits. */
export interface Waiting extends Whose, Expected {}

type Words = () => string;

/** Source: docs/protocols/slurm.md, 10; squeue(1), "JOB REASON CODES". */
const waiting = new Map<string, Words>([
  ['Priority', () => 'other jobs come first'],
  ['Resources', () => 'next when enough is free'],
  ['Dependency', () => 'waits for other jobs'],
  ['DependencyNeverSatisfied', () => 'never starts: a job it depends on did not end as asked'],
  ['JobHeldUser', () => 'held'],
  ['JobHeldAdmin', () => 'held by an administrator'],
  ['JobHoldMaxRequeue', () => 'held: it was requeued too often'],
  ['job requeued in held state', () => 'requeued and held'],
  ['launch failed requeued held', () => 'held: it could not be launched'],
  ['user env retrieval failed requeued held', () => 'held: its environment could not be read'],
  ['PartitionTimeLimit', () => 'never starts: its time limit is over that of the partition'],
  ['PartitionNodeLimit', () => 'never starts: it asks for more nodes than the partition allows'],
  ['PartitionDown', () => 'its partition is down'],
  ['PartitionInactive', () => 'its partition is not active'],
  ['PartitionConfig', () => 'never starts: its partition does not allow what it asks for'],
  ['ReqNodeNotAvail', () => 'nodes it asks for are not available'],
  ['NodeDown', () => 'a node it needs is down'],
  ['FrontEndDown', () => 'no front end is available'],
  ['Licenses', () => 'waits for a license'],
  ['InvalidAccount', () => 'never starts: its account is not valid'],
  ['InvalidQOS', () => 'never starts: its QOS is not valid'],
  ['QOSNotAllowed', () => 'never starts: its QOS may not be used there'],
  ['AccountNotAllowed', () => 'never starts: its account may not be used there'],
  ['QOSUsageThreshold', () => 'its account has used too much for this QOS'],
  ['AccountingPolicy', () => 'a limit of its account or QOS is reached'],
  ['BadConstraints', () => 'never starts: no node is like what it asks for'],
  ['Reservation', () => 'waits for its reservation'],
  ['ReservationDeleted', () => 'its reservation was deleted'],
  ['WaitingForScheduling', () => 'not looked at yet'],
  ['SchedDefer', () => 'not looked at yet'],
  ['Cleaning', () => 'its last run is being cleaned up'],
  ['Prolog', () => 'its nodes are being prepared'],
  ['JobArrayTaskLimit', () => 'as many of its tasks run as may at once'],
  ['BurstBufferResources', () => 'waits for a burst buffer'],
  ['BurstBufferStageIn', () => 'its files are being staged'],
  ['BurstBufferOperation', () => 'waits for its burst buffer'],
  ['MaxMemPerLimit', () => 'never starts: it asks for more memory than allowed'],
  ['DeadLine', () => 'it cannot end before its deadline'],
]);

/** True: somebody holds the job back, so that it can be released. */
export const isHeldReason = (reason: string): boolean =>
  /^JobHeld(User|Admin)$|^JobHoldMaxRequeue$|\bheld\b/i.test(plain(reason));

/**
 * Why a job waits, in plain words, and when it may start: `other jobs come first, may start at 14:03`. A reason that this
 * version has never met stands as Slurm wrote it.
 *
 * @param reason - Slurm's word, or all that it tells: `ReqNodeNotAvail, UnavailableNodes:n1`. Empty, `None`: not told.
 * @returns undefined: neither a reason nor a start is known.
 */
export function reasonText(reason: string, about: Waiting): string | undefined {
  const word = plain(reason);
  if (word === 'BeginTime') return toBeginText(about);
  const why = word === '' || word === 'None' ? undefined : whyText(word, about);
  const start = toStartText(about);
  // Of a job that nothing but somebody's hand lets start, an estimate means nothing.
  if (why !== undefined && isHeldReason(word)) return why;
  const parts = [why, start].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** Slurm writes some reasons as sentences, older releases with `_` for spaces. */
function plain(reason: string): string {
  const text = reason.trim().replace(/^\(([\s\S]*)\)$/, '$1');
  return /^[A-Z][A-Za-z]+$/.test(text) ? text : text.replaceAll('_', ' ');
}

function whyText(word: string, whose: Whose): string {
  const nodes = /^ReqNodeNotAvail, ?Unavailable ?Nodes:(\S+)/.exec(word)?.[1];
  if (nodes !== undefined) return `nodes it asks for are not available: ${nodes}`;
  if (/^ReqNodeNotAvail, ?May be reserved/.test(word))
    return 'nodes it asks for may be reserved for other jobs';
  if (/^Nodes required for job are DOWN/.test(word))
    return 'the nodes it needs are down, drained or reserved';
  return waiting.get(word)?.() ?? limitText(word, whose) ?? word;
}

/** What is known of how a job ended. */
export interface Ending {
  /** Slurm's long word. */
  readonly state: string;
  readonly reason?: string | undefined;
  readonly exit?: Exit | undefined;
  readonly limitMs?: number | undefined;
  /** False: it never ran. */
  readonly hasStarted?: boolean;
}

/** Source: docs/protocols/slurm.md, 10. */
const ended = new Map<string, Words>([
  ['NodeDown', () => 'its node went down'],
  ['NodeFail', () => 'its node failed'],
  ['SystemFailure', () => 'a failure of the system'],
  ['OutOfMemory', () => 'out of memory'],
  ['TimeLimit', () => 'time limit reached'],
  ['InactiveLimit', () => 'it was inactive for too long'],
  ['DependencyNeverSatisfied', () => 'a job it depended on did not end as asked'],
]);

/** Why a job has ended that never began. */
const neverBegan = new Map<string, Words>([
  ['BadConstraints', () => 'never started: no node is like what it asked for'],
  ['Requested node configuration is not available', () => 'never started: no node is like what it asked for'],
  ['DependencyNeverSatisfied', () => 'never started: a job it depended on did not end as asked'],
  ['JobLaunchFailure', () => 'never started: it could not be launched'],
]);

/**
 * Why a job ended as it did: `exit 3`, `out of memory`, `time limit of 1 h reached`.
 *
 * @returns undefined: it completed, or nothing more is known than its state.
 */
export function endText({ state, reason = '', exit, limitMs, hasStarted }: Ending): string | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false) return neverText(word, reason);
  // squeue says so too where a signal ended the script (22.05): believed only where it is known that none did.
  const isLaunch = reason === 'JobLaunchFailure' && exit !== undefined;
  const known = isLaunch ? 'it could not be launched' : ended.get(reason)?.();
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

/** States that say all. */
const byWord = new Map<string, Words>([
  ['OUT_OF_MEMORY', () => 'out of memory'],
  ['NODE_FAIL', () => 'its node failed'],
  ['BOOT_FAIL', () => 'its node did not start'],
  ['DEADLINE', () => 'its deadline has passed'],
  ['PREEMPTED', () => 'preempted by another job'],
  ['REVOKED', () => 'it ran on another cluster'],
]);

/** The exit code of one that never began is none: Slurm fills in a 1, or 0. */
function neverText(word: string, reason: string): string | undefined {
  if (word === 'COMPLETED') return undefined;
  const known = neverBegan.get(plain(reason))?.();
  if (known !== undefined) return known;
  if (word === 'CANCELLED') return 'cancelled before it began';
  const why = byWord.get(word)?.();
  if (word === 'REVOKED') return why;
  return why === undefined ? 'never started' : `never started: ${why}`;
}

/** `RaisedSignal:11(Segmentation fault)`, as 24.11 has it. */
function raised(reason: string): Exit | undefined {
  const number = /^RaisedSignal:(\d+)/.exec(reason)?.[1];
  return number === undefined ? undefined : readExit(`0:${number}`);
}

function exitText(exit: Exit | undefined): string | undefined {
  if (exit?.signal === notLaunched)
    return 'it could not be launched: its folder or that of its output may not be there';
  return toExitText(exit);
}

/** How the script itself ended, where that is told: of a job that did not fail by itself Slurm fills in what is no exit. */
export function ownExit({ state, exit, hasStarted }: Ending): Exit | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false || exit?.signal === notLaunched) return undefined;
  if (word === 'COMPLETED') return exit;
  return word === 'FAILED' && exit?.code !== 0 ? exit : undefined;
}

/** sacct keeps telling why a job once waited (22.05: `JobArrayTaskLimit` of one that completed). Source: observed. */
const otherText = (reason: string): string | undefined =>
  /^(|None|NonZeroExitCode|BeginTime|JobLaunchFailure)$/.test(reason) ||
  waiting.has(reason) ||
  limitText(reason, {})
    ? undefined
    : reason;

/** Slurm's words for its jobs. */
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
  ['CONFIGURING', () => 'its nodes are made ready'],
  ['COMPLETING', () => 'is ending'],
]);
