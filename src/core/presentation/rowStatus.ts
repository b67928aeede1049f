import type { JsonValue, JobMetadata } from '../domain/jobMetadata.js';
import { getRunTimeMs, type Job, type JobState } from '../domain/job.js';
import { toOneLine } from '../../lib/sanitize.js';
import { formatAge, formatDuration } from './formatting.js';
import { formatFailureReason } from './failureText.js';
import { formatProgress } from './progressText.js';
import { formatReason, formatState, formatTaskCounts, type StatusContext } from './statusText.js';

/** The maximum length of a result in a row, in characters, and from which length a number is rounded. */
const maxResultChars = 24;
const maxExactChars = 8;

/**
 * The state of a job for its row, which is narrow, and whose icon shows the state: `5.4 s · 2 min ago`,
 * `4 min 10 s · running`, `KeyError: 'lr' · exit code 1`. A short result stands in place of the age.
 */
export function formatRowStatus(job: Job, now: Date, context: StatusContext = {}): string {
  const age = job.ended ? formatAge(job.ended, now) : undefined;
  const waitsFor = job.state.kind === 'queued' ? formatReason(job) : undefined;
  const tasks = job.tasks && formatTaskCounts(job.tasks);
  if (tasks) return joinParts([tasks, waitsFor, age]);
  if (context.progress) return formatProgress(context.progress, now);
  const failure = formatFailureReason(job, context.metadata);
  if (failure) return joinParts([failure, age]);
  // Each task of an array has its own times.
  const ranMs = job.tasks ? undefined : getRunTimeMs(job, now);
  const ran = ranMs === undefined ? undefined : formatDuration(ranMs);
  const word = formatWordAfter(job.state, ran);
  if (job.state.kind !== 'ended') return joinParts([ran, word, waitsFor]);
  if (job.state.outcome !== 'completed') return joinParts([ran, word, formatReason(job), age]);
  return joinParts([ran, formatShortResult(job, context.metadata) ?? age]) || word;
}

/** Not capitalized after a time, unless it is the engine's own word. */
const formatWordAfter = (state: JobState, time: string | undefined): string =>
  time === undefined || state.kind === 'unknown' ? formatState(state) : formatState(state).toLowerCase();

const joinParts = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(' · ');

/** The result of a job, if it is short enough for a row; a long number is rounded. */
export function formatShortResult(job: Job, metadata: JobMetadata | undefined): string | undefined {
  const text = formatResult(metadata?.result, job.results)?.trim();
  if (!text || /[\r\n]/.test(text)) return undefined;
  if (text.length > maxExactChars && /^-?\d+\.\d+$/.test(text))
    return String(Number(Number(text).toPrecision(6)));
  return text.length <= maxResultChars ? toOneLine(text) : undefined;
}

function formatResult(declared: JsonValue | undefined, results: string | undefined): string | undefined {
  if (declared !== undefined && declared !== null)
    return typeof declared === 'string' ? declared : JSON.stringify(declared);
  // A text as JSON is shown without its quotation marks.
  const [, quoted] = /^\s*"([^"\\]*)"\s*$/.exec(results ?? '') ?? [];
  return quoted ?? results;
}
