import { countIndices, parseRange, parseRanges, type TaskRanges } from './taskRanges.js';

/** The maximum number of tasks in an array that a user enters. */
const maxTasks = 1_000_000;

/** The shortest text for these tasks that schedulers accept as an option: `0-8:2,12`. Sorted, each once. */
export function formatIndices(indices: Iterable<number>, throttle?: number): string {
  const sorted = [...new Set(indices)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    const end = findRunEnd(sorted, at);
    parts.push(formatRun(sorted, at, end));
    at = end + 1;
  }
  return parts.join(',') + (throttle === undefined ? '' : `%${throttle}`);
}

/** The end of the run of equal steps that starts at `at`; two tasks form a run only if they are adjacent. */
function findRunEnd(sorted: readonly number[], at: number): number {
  const step = getStep(sorted, at);
  let end = at;
  while (end + 1 < sorted.length && getStep(sorted, end) === step) end++;
  return step === 1 || end - at >= 2 ? end : at;
}

const getStep = (sorted: readonly number[], at: number): number =>
  (sorted[at + 1] ?? Number.NaN) - (sorted[at] ?? Number.NaN);

function formatRun(sorted: readonly number[], at: number, end: number): string {
  const [from = 0, to = 0] = [sorted[at], sorted[end]];
  const step = getStep(sorted, at);
  if (end === at) return `${from}`;
  return step === 1 ? `${from}-${to}` : `${from}-${to}:${step}`;
}

/** The highest index of a scheduler, and its name for messages. */
export interface IndexBound {
  readonly maxIndex: number;
  readonly title: string;
}

/** The reason why the entered indices of an array are invalid, as a sentence; undefined if valid or empty. */
export function validateArray(text: string, { maxIndex, title }: IndexBound): string | undefined {
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
    const range = /\s\S/.test(part.trim()) ? undefined : parseRange(part);
    if (!range) return `${part.trim()} is not an index or a range of indices.`;
    if (range.to > maxIndex)
      return `${String(range.to)} exceeds the limit of ${title}: ${maxIndex.toLocaleString('en-US')}.`;
    count += countIndices(range);
  }
  return count > maxTasks ? 'More than a million tasks is not supported.' : undefined;
}

/** The parts of a job's ID. */
export interface DisplayId {
  /** The first number, which is that of the whole array or heterogeneous job. */
  readonly base: number;
  /** The index of an array's task. */
  readonly index?: number;
  /** The tasks that share a row. */
  readonly tasks?: TaskRanges;
  /** The component of a heterogeneous job. */
  readonly part?: number;
}

/**
 * Parses `36`, `36_2`, `36_[5-9%4]` or `36+1`: job IDs as Slurm shows them. Source: docs/protocols/slurm.md, 4.1.
 *
 * @returns undefined for other texts (a step such as `36.batch`).
 */
export function parseDisplayId(text: string): DisplayId | undefined {
  const [, digits, mark, rest] = /^(\d{1,10})(?:([_+])(\S+))?$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const base = Number(digits);
  if (mark === undefined || rest === undefined) return { base };
  const number = /^\d{1,9}$/.test(rest) ? Number(rest) : undefined;
  if (mark === '+') return number === undefined ? undefined : { base, part: number };
  if (number !== undefined) return { base, index: number };
  const tasks = rest.startsWith('[') ? parseRanges(rest) : undefined;
  return tasks && { base, tasks };
}

/** The job that has a row directly below the connection: for a task, its array. */
export const toArrayId = (id: string): string => id.replace(/_.*$/s, '');
