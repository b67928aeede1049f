import type { LogText } from '../../../core/domain/log.js';
import { toEntryLines } from './entryLines.js';
import { toEntryRef, formatEntryPosition, type EntryPosition, type EntryRef } from './position.js';
import { createEntryDeduplicator } from './dedupe.js';
import type { LogEntry } from './parsePage.js';

/** The position up to which a log was read. */
export interface LogProgress {
  /**
   * Advances over the entries of one response, or over a part of them after all earlier parts. Returns the
   * lines of entries that are new.
   */
  readonly pass: (entries: readonly LogEntry[], from?: number, to?: number) => readonly LogText[];
  /** Also returns the mark's lines that were not passed yet. */
  readonly includeAll: () => void;
  /** Number of entries passed. */
  readonly getPassedCount: () => number;
  /** True if the position is not the start of the log. */
  readonly hasBegun: () => boolean;
  /** True if some entries of a response were passed, so that nothing is missing before the others. */
  readonly hasOverlap: (entries: readonly LogEntry[]) => boolean;
  /** The last passed entry that the server can find; undefined if there is none yet. */
  readonly getLastRef: () => EntryRef | undefined;
  /** The highest number of the passed entries. */
  readonly getHighestNumber: () => number | undefined;
}

/** Starts at a mark: its lines are passed without being returned. */
export function createLogProgress(mark: EntryPosition): LogProgress {
  let { at } = mark;
  let ref = mark.at === 'after' || mark.at === 'before' ? mark.ref : undefined;
  let number = mark.at === 'number' ? mark.number : undefined;
  /** Lines passed since the entry `ref`. */
  let lines = 0;
  let untold = mark.lines;
  let passed = 0;
  const seen = createEntryDeduplicator(ref?.id ?? number?.toString(), at === 'before');

  function cursor(): string {
    if (ref !== undefined && (at === 'after' || at === 'before'))
      return formatEntryPosition({ at, ref, lines });
    return formatEntryPosition(
      number === undefined ? { at: 'start', lines } : { at: 'number', number, lines },
    );
  }

  function passEntry(entry: LogEntry, isLate: boolean, into: LogText[]): void {
    passed++;
    const all = toEntryLines(entry);
    const end = isLate ? undefined : toEntryRef(entry);
    for (const [index, line] of all.entries()) {
      // A late entry is before the current position, which does not change.
      if (!isLate) lines++;
      if (end && index === all.length - 1) {
        at = 'after';
        ref = end;
        lines = 0;
      } else if (!isLate && ref === undefined && entry.number !== undefined && index === all.length - 1) {
        number = entry.number;
        lines = 0;
      }
      if (untold > 0 && !isLate) untold--;
      else into.push({ ...line, next: cursor() });
    }
  }

  return {
    pass: (entries, from = 0, to = entries.length) => {
      const told: LogText[] = [];
      if (from === 0) seen.begin(entries);
      for (const entry of entries.slice(from, to)) {
        const which = seen.take(entry);
        if (which !== 'again') passEntry(entry, which === 'late', told);
      }
      return told;
    },
    includeAll: () => {
      untold = 0;
    },
    getPassedCount: () => passed,
    getLastRef: () => (at === 'after' ? ref : undefined),
    hasBegun: () => passed > 0 || number !== undefined,
    hasOverlap: seen.hasOverlap,
    getHighestNumber: seen.getHighestNumber,
  };
}
