import { numberOf, type Entry } from './logsWire.js';

/** Tells entries apart from those that came before, since pages and the socket give some of them twice. */
export interface Seen {
  /** The entries that follow are these, of one answer. */
  readonly begin: (entries: readonly Entry[]) => void;
  /**
   * `next`: it comes after all that were seen. `late`: it was not seen, though later ones were. `again`: it was seen, or
   * lies before where reading began.
   */
  readonly take: (entry: Entry) => 'next' | 'late' | 'again';
  /** True: some of these entries of one answer were seen. */
  readonly overlaps: (entries: readonly Entry[]) => boolean;
  /** The highest number among what was seen; undefined: entries have no numbers, or none was seen. */
  readonly high: () => number | undefined;
}

/** At least so many entries are remembered by themselves: as many as an overlap can have, which is a page at most. */
const leastRemembered = 10_000;

/** What stands for an entry that the server gives no name: another one may be just like it. */
const textOf = ({ ms, message }: Entry): string => `${ms ?? ''}\0${message}`;
const isNamed = ({ id }: Entry): boolean => id !== undefined;

/** Begins after the entry of this id (undefined: at whatever comes), or just before it. */
export function seenFrom(id: string | undefined, including: boolean): Seen {
  const number = id === undefined ? undefined : numberOf(id);
  /** Names of entries: the last ones, and those before them. */
  let recent = new Set<string | number>();
  let older = new Set<string | number>();
  /** Texts of the last entries without a name, in order. */
  let unnamed: string[] = [];
  /** So many entries without a name follow that are known. */
  let repeated = 0;
  /** Entries up to this number count as seen. */
  let floor = number === undefined ? -1 : including ? number - 1 : number;
  let high = number === undefined || including ? undefined : number;
  if (id !== undefined && number === undefined && !including) recent.add(id);

  function remember(key: string | number): void {
    recent.add(key);
    if (recent.size < leastRemembered) return;
    // What is forgotten counts as seen all the same, where numbers tell that it came before.
    for (const forgotten of older) if (typeof forgotten === 'number' && forgotten > floor) floor = forgotten;
    older = recent;
    recent = new Set();
  }

  const isKnown = (entry: Entry): boolean => {
    const key = entry.number ?? entry.id ?? '';
    return recent.has(key) || older.has(key) || (entry.number !== undefined && entry.number <= floor);
  };
  const repeatedIn = (entries: readonly Entry[]): number =>
    overlapOf(unnamed, entries.filter((entry) => !isNamed(entry)).map(textOf));

  return {
    begin: (entries) => {
      repeated = repeatedIn(entries);
      if (unnamed.length > 2 * leastRemembered) unnamed = unnamed.slice(-leastRemembered);
    },
    take: (entry) => {
      if (!isNamed(entry)) {
        if (repeated-- > 0) return 'again';
        unnamed.push(textOf(entry));
        return 'next';
      }
      if (isKnown(entry)) return 'again';
      remember(entry.number ?? entry.id ?? '');
      if (entry.number === undefined) return 'next';
      const isNext = high === undefined || entry.number > high;
      if (isNext) high = entry.number;
      return isNext ? 'next' : 'late';
    },
    overlaps: (entries) =>
      repeatedIn(entries) > 0 || entries.some((entry) => isNamed(entry) && isKnown(entry)),
    high: () => high,
  };
}

/** How many of the last texts are the first ones of what follows: as many as can be. Takes time linear in both. */
function overlapOf(last: readonly string[], first: readonly string[]): number {
  if (last.length === 0 || first.length === 0) return 0;
  // Source: Knuth, Morris, Pratt 1977: the longest prefix that ends at each place.
  const borders: number[] = [0];
  let length = 0;
  const step = (text: string | undefined, from: number): number => {
    let at = from === first.length ? (borders[from - 1] ?? 0) : from;
    while (at > 0 && first[at] !== text) at = borders[at - 1] ?? 0;
    return first[at] === text ? at + 1 : 0;
  };
  for (let at = 1; at < first.length; at++) borders.push((length = step(first[at], length)));
  length = 0;
  for (const text of last.slice(-first.length)) length = step(text, length);
  return length;
}
