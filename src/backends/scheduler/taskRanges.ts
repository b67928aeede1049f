/** Indices from `from` to `to`, both included, with a step. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The tasks of an array that one row represents, as ranges: a row of 20 characters can represent a million tasks. */
export interface TaskRanges {
  /** In the order written. */
  readonly ranges: readonly IndexRange[];
  /** The number of tasks. */
  readonly count: number;
  /** The maximum number of concurrent tasks; undefined: unlimited. */
  readonly throttle?: number;
  /** True if Slurm, or {@link maxRangeParts}, cut off the rest. */
  readonly cut: boolean;
}

/** The maximum number of ranges in one expression; further ones count as cut off. */
const maxRangeParts = 20_000;

/**
 * Parses the tasks of an array: `[0-9:2,12%4]`, `1-4%2`, `5`. Source: docs/protocols/slurm.md, 4.1 and 9.
 *
 * @returns undefined if it contains none (`N/A`, empty) or is malformed.
 */
export function parseRanges(text: string): TaskRanges | undefined {
  const bare = text.trim().replace(/^\[(.*)\]$/, '$1');
  const [, list = '', most] = /^([^%]*)(?:%(\d{1,9}))?$/.exec(bare) ?? [];
  const parts = list.split(',', maxRangeParts + 1);
  const last = parts.at(-1)?.trim() ?? '';
  const cut = parts.length > maxRangeParts || last.endsWith('...');
  if (cut) parts.pop();
  const ranges: IndexRange[] = [];
  for (const part of parts) {
    const range = parseRange(part);
    if (!range) return undefined;
    ranges.push(range);
  }
  if (ranges.length === 0 && !cut) return undefined;
  const throttle = Number(most ?? 0);
  return { ...toTaskRanges(ranges, cut), ...(throttle > 0 ? { throttle } : {}) };
}

const toTaskRanges = (ranges: readonly IndexRange[], cut: boolean): TaskRanges => ({
  ranges,
  count: ranges.reduce((sum, range) => sum + countIndices(range), 0),
  cut,
});

/** Parses `5`, `0-9` or `0-9:2`; undefined if it is malformed or descending. */
export function parseRange(text: string): IndexRange | undefined {
  const parts = /^(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9}))?)?$/.exec(text.trim());
  if (!parts) return undefined;
  const from = Number(parts[1]);
  const range = { from, to: Number(parts[2] ?? from), step: Number(parts[3] ?? 1) };
  return range.to >= from && range.step > 0 ? range : undefined;
}

/** The number of indices in a range. */
export const countIndices = ({ from, to, step }: IndexRange): number => Math.floor((to - from) / step) + 1;

/** The first `most` of these tasks one by one, and the others as ranges; no `rest` if there are no others. */
export function splitTasks(
  { ranges, cut }: TaskRanges,
  most: number,
): { readonly indices: readonly number[]; readonly rest?: TaskRanges } {
  const indices: number[] = [];
  const rest: IndexRange[] = [];
  for (const range of ranges) {
    const taken = Math.min(countIndices(range), most - indices.length);
    for (let at = 0; at < taken; at++) indices.push(range.from + at * range.step);
    if (taken < countIndices(range)) rest.push({ ...range, from: range.from + taken * range.step });
  }
  return rest.length > 0 || cut ? { indices, rest: toTaskRanges(rest, cut) } : { indices };
}

/** The text that {@link parseRanges} parses: `5000-999999,1000003`. */
export const formatRanges = ({ ranges, cut }: TaskRanges): string =>
  [
    ...ranges.map((range) => {
      const to = range.from + (countIndices(range) - 1) * range.step;
      if (to === range.from) return String(to);
      return `${String(range.from)}-${String(to)}${range.step === 1 ? '' : `:${String(range.step)}`}`;
    }),
    ...(cut ? ['...'] : []),
  ].join(',');
