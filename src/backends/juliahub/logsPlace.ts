import type { LogText } from '../../core/domain/log.js';
import { linesOf } from './logsLines.js';
import { refOf, writeMark, type Mark, type Ref } from './logsMark.js';
import { seenFrom } from './logsSeen.js';
import type { Entry } from './logsWire.js';

/** How far a log was read. */
export interface Place {
  /**
   * Moves on over the entries of one answer, or over a part of them, where all before it were passed: the lines of those
   * that were not passed before.
   */
  readonly pass: (entries: readonly Entry[], from?: number, to?: number) => readonly LogText[];
  /** Lines of the mark that were not passed yet are told all the same. */
  readonly tellAll: () => void;
  /** How many entries were passed. */
  readonly passed: () => number;
  /** True: it does not stand at the beginning of the log. */
  readonly hasBegun: () => boolean;
  /** True: some of the entries of an answer were passed, so that nothing is missing before the others. */
  readonly overlaps: (entries: readonly Entry[]) => boolean;
  /** The last of them that the server finds again; undefined: there is none yet. */
  readonly last: () => Ref | undefined;
  /** The highest number among them. */
  readonly high: () => number | undefined;
}

/** Begins at a mark: its lines are passed without being told. */
export function placeAt(mark: Mark): Place {
  let { at } = mark;
  let ref = mark.at === 'after' || mark.at === 'before' ? mark.ref : undefined;
  let number = mark.at === 'number' ? mark.number : undefined;
  /** Lines passed since the entry that `ref` names. */
  let lines = 0;
  let untold = mark.lines;
  let passed = 0;
  const seen = seenFrom(ref?.id ?? number?.toString(), at === 'before');

  function cursor(): string {
    if (ref !== undefined && (at === 'after' || at === 'before')) return writeMark({ at, ref, lines });
    return writeMark(number === undefined ? { at: 'start', lines } : { at: 'number', number, lines });
  }

  function passEntry(entry: Entry, isLate: boolean, into: LogText[]): void {
    passed++;
    const all = linesOf(entry);
    const end = isLate ? undefined : refOf(entry);
    for (const [index, line] of all.entries()) {
      // One that is late stands where reading is already past: the place stays.
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
    tellAll: () => {
      untold = 0;
    },
    passed: () => passed,
    last: () => (at === 'after' ? ref : undefined),
    hasBegun: () => passed > 0 || number !== undefined,
    overlaps: seen.overlaps,
    high: seen.high,
  };
}
