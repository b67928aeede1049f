import { basename } from 'node:path';
import { formatOrdinal } from '../../core/presentation/formatting.js';
import { toJobId, type ExitStatus, type Job, type JobState } from '../../core/domain/job.js';
import { assertNever } from '../../lib/assertNever.js';
import { formatArgs } from '../../lib/shellWords.js';
import type { LocalJobEnding, JobProgress, LocalJobRecord } from './record.js';

/** The content of a job's folder. */
export interface LocalJobFacts {
  readonly id: string;
  readonly record: LocalJobRecord;
  /** Undefined if it is queued. */
  readonly progress: JobProgress | undefined;
  /** Its present time limit in milliseconds. */
  readonly limitMs: number | undefined;
  /** Its position in the queue, from 1; undefined if it is not queued. */
  readonly place: number | undefined;
  /** True if it was asked to end. */
  readonly isCancelled: boolean;
  readonly results: string | undefined;
}

/** Converts it to a job of the list. */
export function toLocalJob(known: LocalJobFacts): Job {
  const { record, progress, limitMs, results } = known;
  const reason = formatReason(known);
  const started = progress && progress.phase !== 'starting' ? progress.started : undefined;
  const exit = progress?.phase === 'ended' ? toExitStatus(progress) : undefined;
  return {
    id: toJobId(known.id),
    name: record.name === '' ? `Job ${known.id}` : record.name,
    state: getLocalJobState(known),
    submitted: new Date(record.submitted),
    resources: [{ label: 'Interpreter', value: record.program }],
    inputs: record.env,
    script: basename(record.script),
    command: formatArgs([basename(record.program), ...record.programArgs, record.script, ...record.args]),
    files: [],
    raw: { record, progress: progress ?? null },
    ...(reason === undefined ? {} : { reason }),
    ...(started === undefined ? {} : { started: new Date(started) }),
    ...(progress?.phase === 'ended' ? { ended: new Date(progress.ended) } : {}),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(exit ? { exit } : {}),
    ...(results === undefined ? {} : { results }),
  };
}

function getLocalJobState({ progress, isCancelled }: LocalJobFacts): JobState {
  switch (progress?.phase) {
    case undefined:
      return { kind: 'queued', word: isCancelled ? 'Stopping' : 'Queued' };
    case 'starting':
      return { kind: 'running', word: 'Starting' };
    case 'running':
      return { kind: 'running', word: isCancelled ? 'Stopping' : 'Running' };
    case 'ended':
      return { kind: 'ended', word: progress.word, outcome: progress.outcome };
    default:
      return assertNever(progress);
  }
}

function formatReason({ progress, place, isCancelled }: LocalJobFacts): string | undefined {
  if (!progress && !isCancelled) return place === undefined ? undefined : `${formatOrdinal(place)} in queue`;
  if (progress?.phase === 'ended') return progress.reason;
  return isCancelled ? 'cancellation requested' : undefined;
}

const toExitStatus = ({ code, signal }: LocalJobEnding): ExitStatus => ({
  ...(code === undefined ? {} : { code }),
  ...(signal === undefined ? {} : { signal }),
});

/** The row of a job whose record is malformed. */
export const createDamagedJob = (id: string): Job => ({
  id: toJobId(id),
  name: `Job ${id}`,
  state: { kind: 'ended', word: 'Damaged', outcome: 'failed' },
  reason: 'its record is damaged',
  resources: [],
  inputs: {},
  files: [],
  raw: undefined,
});

/** The state of a job whose state file is damaged: finished. */
export const createDamagedEnding = (submitted: number): LocalJobEnding => ({
  phase: 'ended',
  outcome: 'failed',
  word: 'Damaged',
  reason: 'its state file is damaged',
  ended: submitted,
});
