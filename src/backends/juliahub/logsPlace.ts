import type { LogText } from '../../core/log.js';
import { linesOf } from './logsLines.js';
import { refOf, writeMark, type Mark, type Ref } from './logsMark.js';
import { seenFrom } from './logsSeen.js';
import type { Entry } from './logsWire.js';

/** How far a log was read. */
export interface Place {
  /** Moves on over the entries of one answer: the lines of those that were not passed before. */
  readonly pass: (entries: readonly Entry[]) => readonly LogText[];
  /** How many entries were passed. */
  readonly passed: () => number;
  /** The last of them that the server finds again; undefined: there is none yet. */
  readonly last: () => Ref | undefined;
  /** The highest number among them. */
  readonly high: () => number | undefined;
}

/** Begins at a mark: its lines are passed without being told. */
export function placeAt(mark: Mark): Place {
  let { at } = mark;
  let ref = mark.at === 'start' ? undefined : mark.ref;
  /** Lines passed since the entry that `ref` names. */
  let lines = 0;
  let untold = mark.lines;
  let passed = 0;
  const seen = seenFrom(ref?.id, at === 'before');

  function cursor(): string {
    if (at === 'start' || ref === undefined) return writeMark({ at: 'start', lines });
    return writeMark({ at, ref, lines });
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
      }
      if (untold > 0 && !isLate) untold--;
      else into.push({ ...line, next: cursor() });
    }
  }

  return {
    pass: (entries) => {
      const told: LogText[] = [];
      seen.begin();
      for (const entry of entries) {
        const which = seen.take(entry);
        if (which !== 'again') passEntry(entry, which === 'late', told);
      }
      return told;
    },
    passed: () => passed,
    last: () => (at === 'after' ? ref : undefined),
    high: seen.high,
  };
}
