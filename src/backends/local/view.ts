import { basename } from 'node:path';
import { ordinalText } from '../../core/presentation/duration.js';
import { asJobId, type Exit, type Job, type JobState } from '../../core/domain/job.js';
import { unreachable } from '../../lib/unreachable.js';
import { joinWords } from '../../lib/words.js';
import type { Ending, JobProgress, JobRecord } from './record.js';

/** The content of a job's folder. */
export interface Known {
  readonly id: string;
  readonly record: JobRecord;
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
export function toJob(known: Known): Job {
  const { record, progress, limitMs, results } = known;
  const reason = reasonOf(known);
  const started = progress && progress.phase !== 'starting' ? progress.started : undefined;
  const exit = progress?.phase === 'ended' ? exitOf(progress) : undefined;
  return {
    id: asJobId(known.id),
    name: record.name === '' ? `Job ${known.id}` : record.name,
    state: stateOf(known),
    submitted: new Date(record.submitted),
    resources: [{ label: 'Interpreter', value: record.program }],
    inputs: record.env,
    script: basename(record.script),
    command: joinWords([basename(record.program), ...record.programArgs, record.script, ...record.args]),
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

function stateOf({ progress, isCancelled }: Known): JobState {
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
      return unreachable(progress);
  }
}

function reasonOf({ progress, place, isCancelled }: Known): string | undefined {
  if (!progress && !isCancelled) return place === undefined ? undefined : `${ordinalText(place)} in line`;
  if (progress?.phase === 'ended') return progress.reason;
  return isCancelled ? 'asked to end' : undefined;
}

const exitOf = ({ code, signal }: Ending): Exit => ({
  ...(code === undefined ? {} : { code }),
  ...(signal === undefined ? {} : { signal }),
});

/** The row of a job whose record is malformed. */
export const damagedJob = (id: string): Job => ({
  id: asJobId(id),
  name: `Job ${id}`,
  state: { kind: 'ended', word: 'Damaged', outcome: 'failed' },
  reason: 'its record is damaged',
  resources: [],
  inputs: {},
  files: [],
  raw: undefined,
});

/** The state of a job whose state file is damaged: finished. */
export const damaged = (submitted: number): Ending => ({
  phase: 'ended',
  outcome: 'failed',
  word: 'Damaged',
  reason: 'the record of its state is damaged',
  ended: submitted,
});
