import { durationText } from '../../core/presentation/duration.js';
import type { Exit } from '../../core/domain/job.js';
import type { Say } from '../../lib/say.js';
import { toBeginText, toExitText, toStartText, type Expected } from '../scheduler/jobs/jobWords.js';
import type { ViewDialect } from '../scheduler/dialect.js';
import { limitText, type Whose } from './limits.js';
import { notLaunched, readExit } from './states.js';

/** What is known of a job that waits. */
export interface Waiting extends Whose, Expected {}

type Words = (say: Say) => string;

/** Source: docs/protocols/slurm.md, 10; squeue(1), "JOB REASON CODES". */
const waiting = new Map<string, Words>([
  ['Priority', (say) => say('other jobs come first')],
  ['Resources', (say) => say('next when enough is free')],
  ['Dependency', (say) => say('waits for other jobs')],
  ['DependencyNeverSatisfied', (say) => say('never starts: a job it depends on did not end as asked')],
  ['JobHeldUser', (say) => say('held')],
  ['JobHeldAdmin', (say) => say('held by an administrator')],
  ['JobHoldMaxRequeue', (say) => say('held: it was requeued too often')],
  ['job requeued in held state', (say) => say('requeued and held')],
  ['launch failed requeued held', (say) => say('held: it could not be launched')],
  ['user env retrieval failed requeued held', (say) => say('held: its environment could not be read')],
  ['PartitionTimeLimit', (say) => say('never starts: its time limit is over that of the partition')],
  ['PartitionNodeLimit', (say) => say('never starts: it asks for more nodes than the partition allows')],
  ['PartitionDown', (say) => say('its partition is down')],
  ['PartitionInactive', (say) => say('its partition is not active')],
  ['PartitionConfig', (say) => say('never starts: its partition does not allow what it asks for')],
  ['ReqNodeNotAvail', (say) => say('nodes it asks for are not available')],
  ['NodeDown', (say) => say('a node it needs is down')],
  ['FrontEndDown', (say) => say('no front end is available')],
  ['Licenses', (say) => say('waits for a license')],
  ['InvalidAccount', (say) => say('never starts: its account is not valid')],
  ['InvalidQOS', (say) => say('never starts: its QOS is not valid')],
  ['QOSNotAllowed', (say) => say('never starts: its QOS may not be used there')],
  ['AccountNotAllowed', (say) => say('never starts: its account may not be used there')],
  ['QOSUsageThreshold', (say) => say('its account has used too much for this QOS')],
  ['AccountingPolicy', (say) => say('a limit of its account or QOS is reached')],
  ['BadConstraints', (say) => say('never starts: no node is like what it asks for')],
  ['Reservation', (say) => say('waits for its reservation')],
  ['ReservationDeleted', (say) => say('its reservation was deleted')],
  ['WaitingForScheduling', (say) => say('not looked at yet')],
  ['SchedDefer', (say) => say('not looked at yet')],
  ['Cleaning', (say) => say('its last run is being cleaned up')],
  ['Prolog', (say) => say('its nodes are being prepared')],
  ['JobArrayTaskLimit', (say) => say('as many of its tasks run as may at once')],
  ['BurstBufferResources', (say) => say('waits for a burst buffer')],
  ['BurstBufferStageIn', (say) => say('its files are being staged')],
  ['BurstBufferOperation', (say) => say('waits for its burst buffer')],
  ['MaxMemPerLimit', (say) => say('never starts: it asks for more memory than allowed')],
  ['DeadLine', (say) => say('it cannot end before its deadline')],
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
export function reasonText(reason: string, about: Waiting, say: Say): string | undefined {
  const word = plain(reason);
  if (word === 'BeginTime') return toBeginText(about, say);
  const why = word === '' || word === 'None' ? undefined : whyText(word, about, say);
  const start = toStartText(about, say);
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

function whyText(word: string, whose: Whose, say: Say): string {
  const nodes = /^ReqNodeNotAvail, ?Unavailable ?Nodes:(\S+)/.exec(word)?.[1];
  if (nodes !== undefined) return say('nodes it asks for are not available: {0}', nodes);
  if (/^ReqNodeNotAvail, ?May be reserved/.test(word))
    return say('nodes it asks for may be reserved for other jobs');
  if (/^Nodes required for job are DOWN/.test(word))
    return say('the nodes it needs are down, drained or reserved');
  return waiting.get(word)?.(say) ?? limitText(word, whose, say) ?? word;
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
  ['NodeDown', (say) => say('its node went down')],
  ['NodeFail', (say) => say('its node failed')],
  ['SystemFailure', (say) => say('a failure of the system')],
  ['OutOfMemory', (say) => say('out of memory')],
  ['TimeLimit', (say) => say('time limit reached')],
  ['InactiveLimit', (say) => say('it was inactive for too long')],
  ['DependencyNeverSatisfied', (say) => say('a job it depended on did not end as asked')],
]);

/** Why a job has ended that never began. */
const neverBegan = new Map<string, Words>([
  ['BadConstraints', (say) => say('never started: no node is like what it asked for')],
  [
    'Requested node configuration is not available',
    (say) => say('never started: no node is like what it asked for'),
  ],
  ['DependencyNeverSatisfied', (say) => say('never started: a job it depended on did not end as asked')],
  ['JobLaunchFailure', (say) => say('never started: it could not be launched')],
]);

/**
 * Why a job ended as it did: `exit 3`, `out of memory`, `time limit of 1 h reached`.
 *
 * @returns undefined: it completed, or nothing more is known than its state.
 */
export function endText(
  { state, reason = '', exit, limitMs, hasStarted }: Ending,
  say: Say,
): string | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false) return neverText(word, reason, say);
  // squeue says so too where a signal ended the script (22.05): believed only where it is known that none did.
  const isLaunch = reason === 'JobLaunchFailure' && exit !== undefined;
  const known = isLaunch ? say('it could not be launched') : ended.get(reason)?.(say);
  switch (word) {
    case 'COMPLETED':
      return undefined;
    case 'TIMEOUT':
      return limitMs === undefined
        ? say('time limit reached')
        : say('time limit of {0} reached', durationText(limitMs, say));
    case 'CANCELLED':
      return say('cancelled');
    default:
      return (
        byWord.get(word)?.(say) ?? exitText(exit ?? raised(reason), say) ?? known ?? otherText(reason, say)
      );
  }
}

/** States that say all. */
const byWord = new Map<string, Words>([
  ['OUT_OF_MEMORY', (say) => say('out of memory')],
  ['NODE_FAIL', (say) => say('its node failed')],
  ['BOOT_FAIL', (say) => say('its node did not start')],
  ['DEADLINE', (say) => say('its deadline has passed')],
  ['PREEMPTED', (say) => say('preempted by another job')],
  ['REVOKED', (say) => say('it ran on another cluster')],
]);

/** The exit code of one that never began is none: Slurm fills in a 1, or 0. */
function neverText(word: string, reason: string, say: Say): string | undefined {
  if (word === 'COMPLETED') return undefined;
  const known = neverBegan.get(plain(reason))?.(say);
  if (known !== undefined) return known;
  if (word === 'CANCELLED') return say('cancelled before it began');
  const why = byWord.get(word)?.(say);
  if (word === 'REVOKED') return why;
  return why === undefined ? say('never started') : say('never started: {0}', why);
}

/** `RaisedSignal:11(Segmentation fault)`, as 24.11 has it. */
function raised(reason: string): Exit | undefined {
  const number = /^RaisedSignal:(\d+)/.exec(reason)?.[1];
  return number === undefined ? undefined : readExit(`0:${number}`);
}

function exitText(exit: Exit | undefined, say: Say): string | undefined {
  if (exit?.signal === notLaunched)
    return say('it could not be launched: its folder or that of its output may not be there');
  return toExitText(exit, say);
}

/** How the script itself ended, where that is told: of a job that did not fail by itself Slurm fills in what is no exit. */
export function ownExit({ state, exit, hasStarted }: Ending): Exit | undefined {
  const [word = ''] = state.trim().split(/\s/, 1);
  if (hasStarted === false || exit?.signal === notLaunched) return undefined;
  if (word === 'COMPLETED') return exit;
  return word === 'FAILED' && exit?.code !== 0 ? exit : undefined;
}

/** sacct keeps telling why a job once waited (22.05: `JobArrayTaskLimit` of one that completed). Source: observed. */
const otherText = (reason: string, say: Say): string | undefined =>
  /^(|None|NonZeroExitCode|BeginTime|JobLaunchFailure)$/.test(reason) ||
  waiting.has(reason) ||
  limitText(reason, {}, say)
    ? undefined
    : reason;

/** Slurm's words for its jobs. */
export const slurmView = (say: Say): ViewDialect => ({
  queueLabel: say('Partition'),
  canRequeue: true,
  isHeld: ({ reason = '' }) => isHeldReason(reason),
  toWaitingText: ({ reason = '', reasonDetail, start, qos, account }, now) =>
    reasonText(reasonDetail ?? reason, { start, now, qos, account }, say),
  toActiveText: (word) => flags.get(word)?.(say),
  toEndText: ({ state, reason, exit, limit }, hasStarted) => {
    const limitMs = typeof limit === 'number' ? limit : undefined;
    return endText({ state: state.word, reason, exit, limitMs, hasStarted }, say);
  },
  toExit: ({ state, exit }, hasStarted) => ownExit({ state: state.word, exit, hasStarted }),
});

const flags = new Map<string, (say: Say) => string>([
  ['SUSPENDED', (say) => say('suspended')],
  ['STOPPED', (say) => say('stopped by a signal')],
  ['CONFIGURING', (say) => say('its nodes are made ready')],
  ['COMPLETING', (say) => say('is ending')],
]);
