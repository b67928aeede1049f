import type { LogEvent, LogStart, LogText } from '../../core/domain/log.js';
import { createTurns } from '../../lib/turns.js';
import { linesOf } from './logsLines.js';
import { firstRef, readMark, refOf, writeMark, type Mark, type Ref } from './logsMark.js';
import { sizeOf, type Pages } from './logsPages.js';
import { placeAt, type Place } from './logsPlace.js';
import { isFirst, pageBefore, sinceRef, wayBack } from './logsWay.js';
import type { Entry, Page } from './logsWire.js';

/** What reading a log needs of one job. */
export interface Kept {
  readonly pages: Pages;
  /** As messages name the server. */
  readonly server: string;
}

/** Where reading stands after all that was there. */
export interface Standing {
  readonly place: Place;
  /** True: the job has ended, and this was all. */
  readonly isWhole: boolean;
}

/** So many pages are fetched for a log that opens at its end: the newest lines should not be waited for long. */
const pagesAtEnd = 4;

/** What is there of a log, from a place on, a page at a time. Holds one page, or what was asked for of the end. */
export async function* history(
  kept: Kept,
  from: LogStart,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], Standing> {
  if (from.at === 'end') return yield* fromNear(kept, Math.max(1, from.bytes), signal);
  const mark: Mark =
    from.at === 'start' ? { at: 'start', lines: 0 } : await settled(kept, readMark(from.cursor), signal);
  const place = placeAt(mark);
  return { place, isWhole: yield* onward(kept, place, signal) };
}

/**
 * What came after a place; from the beginning on where nothing was passed. Ends with what is there now: what a job writes
 * meanwhile is not waited for, since it may write for as long as it is read. Asks for one page more than there is news at
 * most. Returns true where the job has ended and this was all.
 */
export async function* onward(
  kept: Kept,
  place: Place,
  signal: AbortSignal,
  until?: Entry,
): AsyncGenerator<readonly LogEvent[], boolean> {
  let end = until;
  for (let asked = 1; ; asked++) {
    const ref = place.last();
    if (!ref)
      return place.hasBegun() ? yield* fromNewest(kept, place, signal) : yield* fromTop(kept, place, signal);
    const passed = place.passed();
    const largest = kept.pages.largest();
    const page = await kept.pages.after(ref, signal);
    yield* passAll(place, page.entries, signal);
    if (page.bottom) return true;
    const isWholePage = sizeOf(page) > 0 && sizeOf(page) >= largest;
    // Nothing in it can be asked by, so the next page is not to be had.
    if (isWholePage && place.last() === ref) return yield* fromNewest(kept, place, signal);
    if (place.passed() === passed || !isWholePage || isPast(place, end)) return false;
    if (asked < 2 || end) continue;
    // Whether this page was a whole one is not known: then only the newest one tells where to end.
    const newest = await kept.pages.newest(signal);
    if (isJoined(place, newest)) {
      yield* passAll(place, newest.entries, signal);
      return newest.bottom;
    }
    end = newest.entries.at(-1);
    if (!end) return newest.bottom;
  }
}

/** All that is there, from the first entry on. */
async function* fromTop(
  kept: Kept,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  const newest = await kept.pages.newest(signal);
  const { pages, isTop, isWhole } = await wayBack(kept, newest, signal);
  if (!isTop) {
    // It is not the beginning from which lines were counted.
    place.tellAll();
    yield [lostBefore()];
  }
  for (const page of pages) yield* passAll(place, page, signal);
  const isEnd = !isWhole && (yield* onward(kept, place, signal, newest.entries.at(-1)));
  return isEnd || newest.bottom;
}

/** The newest page, where entries cannot be asked by. What may be missing before it is told. */
async function* fromNewest(
  kept: Kept,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  const newest = await kept.pages.newest(signal);
  if (!newest.top && newest.entries.length > 0 && !isJoined(place, newest)) yield [lostBefore()];
  yield* passAll(place, newest.entries, signal);
  return newest.bottom;
}

/** Stands for entries that cannot be asked for, of which there may be some. */
const lostBefore = (): LogEvent => ({
  kind: 'gap',
  cause: 'lost',
  why: 'the server sends no timestamps, so older lines cannot be requested',
});

/** True: nothing is missing between what was passed and a page. */
function isJoined(place: Place, { entries }: Page): boolean {
  const [first] = entries;
  const high = place.high();
  if (first?.number !== undefined && high !== undefined && first.number <= high + 1) return true;
  return place.overlaps(entries);
}

/** True: an entry was passed, or one that was written later. */
function isPast(place: Place, entry: Entry | undefined): boolean {
  if (!entry) return false;
  if (entry.number !== undefined) return (place.high() ?? -1) >= entry.number;
  return entry.ms !== undefined && (place.last()?.ms ?? -Infinity) > entry.ms;
}

/** So many entries are passed at once: each takes a few microseconds here and with whoever reads them. */
const passedAtOnce = 500;

/** Passes entries a few at a time, with turns for others between. */
export async function* passAll(
  place: Place,
  entries: readonly Entry[],
  signal: AbortSignal,
): AsyncGenerator<readonly LogText[], void> {
  const giveTurn = createTurns();
  for (let at = 0; at < entries.length; at += passedAtOnce) {
    signal.throwIfAborted();
    const lines = place.pass(entries, at, at + passedAtOnce);
    if (lines.length > 0) yield lines;
    const turn = giveTurn();
    if (turn) await turn;
  }
}

/** About so many bytes of text at the end, after a gap that stands for what comes before. */
async function* fromNear(
  kept: Kept,
  bytes: number,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], Standing> {
  const newest = await kept.pages.newest(signal);
  let first = newest;
  let entries = newest.entries;
  let older: Page | undefined = newest;
  for (let fetched = 1; fetched < pagesAtEnd && textBytes(entries) < bytes; fetched++) {
    older = await pageBefore(kept, first, signal);
    if (!older) break;
    first = older;
    entries = [...older.entries, ...sinceRef(entries)];
  }
  const isTop = first.top || (!older && isFirst(first));
  const { shown, mark } = endOf(entries, isTop, bytes);
  const place = placeAt(mark);
  if (mark.at === 'before') yield [{ kind: 'gap', cause: 'skipped', before: writeMark(mark) }];
  else if (!isTop) yield [{ kind: 'gap', cause: 'skipped' }];
  yield* passAll(place, shown, signal);
  return { place, isWhole: newest.bottom };
}

/** The last entries with about so many bytes of text together, and the place where they begin. */
export function endOf(
  entries: readonly Entry[],
  isTop: boolean,
  bytes: number,
): { readonly shown: readonly Entry[]; readonly mark: Mark } {
  let begin = entries.length;
  for (let left = bytes; begin > 0 && left > 0;) left -= entries[--begin]?.message.length ?? 0;
  // Only an entry that the server finds again can be where an older page ends.
  while (begin > 0 && entries[begin]?.ms === undefined) begin--;
  const ref = begin === 0 && isTop ? undefined : firstRef(entries.slice(begin, begin + 1));
  const mark: Mark = ref ? { at: 'before', ref, lines: 0 } : { at: 'start', lines: 0 };
  return { shown: entries.slice(begin), mark };
}

const textBytes = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { message }) => sum + message.length, 0);

/** The same place told from what comes before it, so that the server can be asked for what follows. */
export async function settled({ pages }: Kept, mark: Mark, signal: AbortSignal): Promise<Mark> {
  if (mark.at !== 'before') return mark;
  const { entries } = await pages.before(mark.ref, signal);
  const before = upTo(entries, mark.ref);
  const at = before.findLastIndex(({ ms }) => ms !== undefined);
  const lines = before.slice(at + 1).reduce((sum, entry) => sum + linesOf(entry).length, mark.lines);
  const last = before[at];
  const ref = last && refOf(last);
  return ref ? { at: 'after', ref, lines } : { at: 'start', lines };
}

/** The entries before the one that is named; all of them where it is not among them. */
function upTo(entries: readonly Entry[], { ms, id }: Ref): readonly Entry[] {
  const at = id === undefined ? -1 : entries.findIndex((entry) => entry.id === id && entry.ms === ms);
  return at < 0 ? entries : entries.slice(0, at);
}
