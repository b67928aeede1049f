import type { LogEvent } from '../domain/log.js';
import type { LogBatches } from '../domain/logBatches.js';
import { stripCodes } from '../../lib/terminalCodes.js';

/** `45%|███`, as the usual libraries draw it. Source: observed. */
const barPattern = /(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?%\s?\|/g;

/** The percentage at the end of a line or before a bar, a time, or another field: `45%`, `[##  ] 45 %`, `45% [=>  ] 0:03`. */
const percentPattern = /(?<![\d.,-])(\d{1,3}(?:\.\d+)?)\s?%(?=\s*$|\s*[|\])]|\s+[[(|━█#=>\d-])/g;

/** How many events at the end of a batch are searched. */
const maxSearchedEvents = 3;

/** The maximum length of a line that is searched, in characters. */
const maxLineChars = 1_000;

/**
 * The percentage that a progress bar shows, 0 to 100; undefined: the text is no progress bar. An unfinished line, which
 * programs draw again and again, needs only a percentage at its end; a complete one must have a bar.
 */
export function parseProgress(text: string, isUnfinished: boolean): number | undefined {
  if (text.length > maxLineChars || !text.includes('%')) return undefined;
  const last = [...stripCodes(text).matchAll(isUnfinished ? percentPattern : barPattern)].at(-1);
  const percent = Number(last?.[1] ?? Number.NaN);
  return percent <= 100 ? percent : undefined;
}

/** The percentage of the last progress bar in a batch; undefined: it has none. */
export function findProgress(batch: readonly LogEvent[]): number | undefined {
  for (let at = batch.length - 1; at >= Math.max(0, batch.length - maxSearchedEvents); at--) {
    const event = batch[at];
    if (!event || event.kind === 'gap' || (event.kind === 'line' && event.open)) continue;
    const percent = parseProgress(event.text, event.kind === 'partial');
    if (percent !== undefined) return percent;
  }
  return undefined;
}

/** Passes a log on, and reports the percentages of its progress bars. */
export async function* reportProgress(
  batches: LogBatches,
  onProgress: (percent: number) => void,
): LogBatches {
  for await (const batch of batches) {
    const percent = findProgress(batch);
    if (percent !== undefined) onProgress(percent);
    yield batch;
  }
}
