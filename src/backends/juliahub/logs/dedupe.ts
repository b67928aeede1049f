import { parseEntryNumber, type LogEntry } from './parsePage.js';

/** Detects duplicate entries, since pages and the socket can return the same entries. */
export interface EntryDeduplicator {
  /** Starts the entries of one response. */
  readonly begin: (entries: readonly LogEntry[]) => void;
  /**
   * `next`: after all entries seen before. `late`: not seen before, although later ones were. `again`:
   * already seen, or before the start of reading.
   */
  readonly take: (entry: LogEntry) => 'next' | 'late' | 'again';
  /** True if some entries of a response were already seen. */
  readonly hasOverlap: (entries: readonly LogEntry[]) => boolean;
  /** The highest number seen; undefined if entries have no numbers or none was seen. */
  readonly getHighestNumber: () => number | undefined;
}

/** Minimum number of entries that are stored individually: the maximum overlap, which is one page. */
const minRememberedEntries = 10_000;

/** The key of an entry without an id. Different entries can have the same key. */
const toEntryKey = ({ ms, message }: LogEntry): string => `${ms ?? ''}\0${message}`;
const hasEntryId = ({ id }: LogEntry): boolean => id !== undefined;

/** Starts after the entry with this id (undefined: at the next entry), or directly before it. */
export function createEntryDeduplicator(id: string | undefined, including: boolean): EntryDeduplicator {
  const number = id === undefined ? undefined : parseEntryNumber(id);
  /** Keys of entries: the latest ones, and those before them. */
  let recent = new Set<string | number>();
  let older = new Set<string | number>();
  /** Keys of the latest entries without an id, in order. */
  let unnamed: string[] = [];
  /** Number of following entries without an id that are already known. */
  let repeated = 0;
  /** Entries up to this number count as seen. */
  let floor = number === undefined ? -1 : including ? number - 1 : number;
  let high = number === undefined || including ? undefined : number;
  if (id !== undefined && number === undefined && !including) recent.add(id);

  function remember(key: string | number): void {
    recent.add(key);
    if (recent.size < minRememberedEntries) return;
    // Entries whose keys are dropped still count as seen if their numbers are lower.
    for (const forgotten of older) if (typeof forgotten === 'number' && forgotten > floor) floor = forgotten;
    older = recent;
    recent = new Set();
  }

  const isKnown = (entry: LogEntry): boolean => {
    const key = entry.number ?? entry.id ?? '';
    return recent.has(key) || older.has(key) || (entry.number !== undefined && entry.number <= floor);
  };
  const repeatedIn = (entries: readonly LogEntry[]): number =>
    countOverlap(unnamed, entries.filter((entry) => !hasEntryId(entry)).map(toEntryKey));

  return {
    begin: (entries) => {
      repeated = repeatedIn(entries);
      if (unnamed.length > 2 * minRememberedEntries) unnamed = unnamed.slice(-minRememberedEntries);
    },
    take: (entry) => {
      if (!hasEntryId(entry)) {
        if (repeated-- > 0) return 'again';
        unnamed.push(toEntryKey(entry));
        return 'next';
      }
      if (isKnown(entry)) return 'again';
      remember(entry.number ?? entry.id ?? '');
      if (entry.number === undefined) return 'next';
      const isNext = high === undefined || entry.number > high;
      if (isNext) high = entry.number;
      return isNext ? 'next' : 'late';
    },
    hasOverlap: (entries) =>
      repeatedIn(entries) > 0 || entries.some((entry) => hasEntryId(entry) && isKnown(entry)),
    getHighestNumber: () => high,
  };
}

/**
 * The longest overlap of the end of the first list and the start of the second, in entries. Linear in both.
 */
function countOverlap(last: readonly string[], first: readonly string[]): number {
  if (last.length === 0 || first.length === 0) return 0;
  // Source: Knuth, Morris, Pratt 1977: the longest prefix that ends at each position.
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
