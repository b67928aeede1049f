import type { ExitStatus, JobState, JobOutcome } from '../../core/domain/job.js';
import { getSignalName } from '../scheduler/exits.js';

type SlurmStateKind = 'queued' | 'running' | JobOutcome;

/**
 * Base states, then the flags that squeue and sacct show instead: long form, short form and status. A completing job
 * still writes its files, so it counts as running; a job that runs on a sibling cluster (REVOKED) has ended here.
 * Source: docs/protocols/slurm.md, 10.
 */
const stateTable: readonly (readonly [long: string, short: string, ours: SlurmStateKind])[] = [
  ['PENDING', 'PD', 'queued'],
  ['RUNNING', 'R', 'running'],
  ['SUSPENDED', 'S', 'running'],
  ['COMPLETED', 'CD', 'completed'],
  ['CANCELLED', 'CA', 'stopped'],
  ['FAILED', 'F', 'failed'],
  ['TIMEOUT', 'TO', 'failed'],
  ['NODE_FAIL', 'NF', 'failed'],
  ['PREEMPTED', 'PR', 'stopped'],
  ['BOOT_FAIL', 'BF', 'failed'],
  ['DEADLINE', 'DL', 'failed'],
  ['OUT_OF_MEMORY', 'OOM', 'failed'],
  ['CONFIGURING', 'CF', 'running'],
  ['COMPLETING', 'CG', 'running'],
  ['RESIZING', 'RS', 'running'],
  ['SIGNALING', 'SI', 'running'],
  ['STAGE_OUT', 'SO', 'running'],
  ['STOPPED', 'ST', 'running'],
  ['POWER_UP_NODE', '', 'running'],
  ['REQUEUED', 'RQ', 'queued'],
  ['REQUEUE_HOLD', 'RH', 'queued'],
  ['REQUEUE_FED', 'RF', 'queued'],
  ['SPECIAL_EXIT', 'SE', 'queued'],
  ['RESV_DEL_HOLD', 'RD', 'queued'],
  ['REVOKED', 'RV', 'stopped'],
  ['LAUNCH_FAILED', '', 'failed'],
];

const states = new Map<string, JobState>(
  stateTable.flatMap(([word, short, ours]) => {
    const state: JobState =
      ours === 'queued' || ours === 'running' ? { kind: ours, word } : { kind: 'ended', word, outcome: ours };
    return [[word, state] as const, ...(short === '' ? [] : [[short, state] as const])];
  }),
);

/**
 * The state for Slurm's long (`PENDING`) or short (`PD`) word, or that of sacct (`CANCELLED by 1000`). The native
 * state is always the long word, so that squeue and sacct agree. Words that this version does not know have the
 * status unknown and stay unchanged.
 */
export function toJobState(word: string): JobState {
  const [first = ''] = word.trim().split(/\s/, 1);
  return states.get(first) ?? { kind: 'unknown', word: word.trim() };
}

/** The signal by which Slurm reports that it could not start the script. Source: observed with 22.05 to 26.05. */
export const notLaunched = 'NOT_LAUNCHED';

/** The lowest seven bits of the numbers of Slurm's own errors, such as 4021. */
const launchErrorCode = 53;

/**
 * The exit of the batch script: `3:0` is exit code 3, `0:15` is SIGTERM; a signal has priority.
 *
 * @returns undefined if unknown or malformed. Source: docs/protocols/slurm.md, 11.
 */
export function parseExit(text: string): ExitStatus | undefined {
  const [, code, signal] = /^(\d{1,5}):(\d{1,5})$/.exec(text.trim()) ?? [];
  if (code === undefined || signal === undefined) return undefined;
  const number = Number(signal);
  if (number === 0) return { code: Number(code) };
  return { signal: number === launchErrorCode ? notLaunched : getSignalName(number) };
}

/**
 * The exit of the batch script from the status of `wait`: `768` is exit code 3, `9` is SIGKILL. A code together with
 * a signal is one of Slurm's own errors: the script was not started.
 *
 * @returns undefined if malformed. Source: docs/protocols/slurm.md, 11, and observed with 22.05.
 */
export function parseWaitStatus(text: string): ExitStatus | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const status = Number(text);
  const signal = status % 128;
  const code = Math.floor(status / 256);
  if (signal === 0) return { code };
  return { signal: code > 0 ? notLaunched : getSignalName(signal) };
}
