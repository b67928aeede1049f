import { countIn, readRange, readRanges, type TaskRanges } from './ranges.js';

/** More tasks than this in what a user types are refused. */
const mostTasks = 1_000_000;

/** The shortest usual way to write these tasks as options of schedulers take them: `0-8:2,12`. Sorted, each once. */
export function indicesText(indices: Iterable<number>, throttle?: number): string {
  const sorted = [...new Set(indices)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    const end = runEnd(sorted, at);
    parts.push(runText(sorted, at, end));
    at = end + 1;
  }
  return parts.join(',') + (throttle === undefined ? '' : `%${throttle}`);
}

/** Where the run of equal steps that begins at `at` ends; two alone are a run only side by side. */
function runEnd(sorted: readonly number[], at: number): number {
  const step = stepAt(sorted, at);
  let end = at;
  while (end + 1 < sorted.length && stepAt(sorted, end) === step) end++;
  return step === 1 || end - at >= 2 ? end : at;
}

const stepAt = (sorted: readonly number[], at: number): number =>
  (sorted[at + 1] ?? Number.NaN) - (sorted[at] ?? Number.NaN);

function runText(sorted: readonly number[], at: number, end: number): string {
  const [from = 0, to = 0] = [sorted[at], sorted[end]];
  const step = stepAt(sorted, at);
  if (end === at) return `${from}`;
  return step === 1 ? `${from}-${to}` : `${from}-${to}:${step}`;
}

/** The highest index that a scheduler takes, and how a message names the scheduler. */
export interface IndexBound {
  readonly maxIndex: number;
  readonly title: string;
}

/** What is wrong with the indices of an array that a user typed, as a sentence; undefined: nothing, or nothing was typed. */
export function checkArray(text: string, { maxIndex, title }: IndexBound): string | undefined {
  const typed = text.trim();
  if (typed === '') return undefined;
  const [, list, most] = /^([\d,:\s-]+?)(?:%(\d{1,9}))?$/.exec(typed) ?? [];
  if (list === undefined)
    return 'Enter indices such as 0-99, 1,3,5, or 0-98:2; append %4 to run 4 at a time.';
  if (most !== undefined && Number(most) === 0) return 'Max concurrent tasks must be at least 1.';
  let count = 0;
  for (const part of list.split(',')) {
    const [, from, to] = /^\s*(\d+)-(\d+)/.exec(part) ?? [];
    if (from !== undefined && Number(to) < Number(from)) return `Invalid range ${part.trim()}.`;
    if (part.trim() === '') return 'Missing index next to a comma.';
    const range = /\s\S/.test(part.trim()) ? undefined : readRange(part);
    if (!range) return `${part.trim()} is not an index or a range of indices.`;
    if (range.to > maxIndex)
      return `${String(range.to)} exceeds the limit of ${title}: ${maxIndex.toLocaleString('en-US')}.`;
    count += countIn(range);
  }
  return count > mostTasks ? 'More than a million tasks is not supported.' : undefined;
}

/** A job's id, taken apart. */
export interface ShownId {
  /** Of an array or a heterogeneous job: the first number, which stands for the whole. */
  readonly base: number;
  /** The task of an array. */
  readonly index?: number;
  /** Tasks of an array that wait together in one record. */
  readonly tasks?: TaskRanges;
  /** The part of a heterogeneous job. */
  readonly part?: number;
}

/**
 * Reads `36`, `36_2`, `36_[5-9%4]` or `36+1`: the ids of jobs, as Slurm shows them. Source: docs/protocols/slurm.md, 4.1.
 *
 * @returns undefined: it is none of these (a step such as `36.batch`).
 */
export function readShownId(text: string): ShownId | undefined {
  const [, digits, mark, rest] = /^(\d{1,10})(?:([_+])(\S+))?$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const base = Number(digits);
  if (mark === undefined || rest === undefined) return { base };
  const number = /^\d{1,9}$/.test(rest) ? Number(rest) : undefined;
  if (mark === '+') return number === undefined ? undefined : { base, part: number };
  if (number !== undefined) return { base, index: number };
  const tasks = rest.startsWith('[') ? readRanges(rest) : undefined;
  return tasks && { base, tasks };
}

/** The job that has a row below the connection: of a task its array. */
export const wholeOf = (id: string): string => id.replace(/_.*$/s, '');
