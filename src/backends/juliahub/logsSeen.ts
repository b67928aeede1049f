import { numberOf, type Entry } from './logsWire.js';

/** Tells entries apart from those that came before, since pages and the socket give some of them twice. */
export interface Seen {
  /** The entries that follow come in an answer of their own: alike ones in one answer are not the same one. */
  readonly begin: () => void;
  /**
   * `next`: it comes after all that were seen. `late`: it was not seen, though later ones were. `again`: it was seen, or
   * lies before where reading began.
   */
  readonly take: (entry: Entry) => 'next' | 'late' | 'again';
  /** The highest number among what was seen; undefined: entries have no numbers, or none was seen. */
  readonly high: () => number | undefined;
}

/** At least so many entries are remembered by themselves: as many as an overlap can have, which is a page at most. */
const leastRemembered = 10_000;

/** Begins after the entry of this id (undefined: at whatever comes), or just before it. */
export function seenFrom(id: string | undefined, including: boolean): Seen {
  const number = id === undefined ? undefined : numberOf(id);
  /** Keys of entries with the answer they came in: the last ones, and those before them. */
  let recent = new Map<string | number, number>();
  let older = new Map<string | number, number>();
  let answer = 0;
  /** Entries up to this number count as seen. */
  let floor = number === undefined ? -1 : including ? number - 1 : number;
  let high = number === undefined || including ? undefined : number;
  if (id !== undefined && number === undefined && !including) recent.set(id, answer);

  function remember(key: string | number): void {
    recent.set(key, answer);
    if (recent.size < leastRemembered) return;
    // What is forgotten counts as seen all the same, where numbers tell that it came before.
    for (const forgotten of older.keys())
      if (typeof forgotten === 'number' && forgotten > floor) floor = forgotten;
    older = recent;
    recent = new Map();
  }

  return {
    begin: () => {
      answer++;
    },
    take: (entry) => {
      const key = entry.number ?? entry.id ?? `${entry.ms ?? ''}\0${entry.message}`;
      const cameIn = recent.get(key) ?? older.get(key);
      const isNamed = entry.id !== undefined;
      if (cameIn !== undefined && (isNamed || cameIn !== answer)) return 'again';
      if (entry.number === undefined) {
        remember(key);
        return 'next';
      }
      if (entry.number <= floor) return 'again';
      remember(key);
      const isNext = high === undefined || entry.number > high;
      if (isNext) high = entry.number;
      return isNext ? 'next' : 'late';
    },
    high: () => high,
  };
}
