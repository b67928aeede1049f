import type { LogEvent, LogStart, LogText } from '../../core/domain/log.js';
import { createTurns } from '../../lib/turns.js';
import { linesOf } from './logsLines.js';
import { firstRef, readMark, refOf, writeMark, type Mark, type Ref } from './logsMark.js';
import { sizeOf, type Pages } from './logsPages.js';
import { placeAt, type Place } from './logsPlace.js';
import { isFirst, pageBefore, sinceRef, wayBack } from './logsWay.js';
import type { Entry, Page } from './logsWire.js';

/** The stored log of one job. */
export interface Kept {
  readonly pages: Pages;
  /** Name of the server in messages. */
  readonly server: string;
}

/** The position after the stored log has been read. */
export interface Standing {
  readonly place: Place;
  /** True: the job has finished, and the log is complete. */
  readonly isWhole: boolean;
}

/**
 * Maximum number of pages fetched for a log that opens at its end, so that the newest lines appear quickly.
 */
const pagesAtEnd = 4;

/** Reads the stored log from a position, page by page. Holds one page, or the requested part at the end. */
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
 * Reads the log after a position; from the start if nothing has been read. Stops at what exists now and does
 * not wait for new lines, since a job can write as fast as they are read. Requests at most one page more than
 * there are new lines. Returns true if the job has finished and the log is complete.
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
    // No entry of this page can be used as a reference, so the next page cannot be requested.
    if (isWholePage && place.last() === ref) return yield* fromNewest(kept, place, signal);
    if (place.passed() === passed || !isWholePage || isPast(place, end)) return false;
    if (asked < 2 || end) continue;
    // Whether this page was full is unknown, so the newest page determines where to stop.
    const newest = await kept.pages.newest(signal);
    if (isJoined(place, newest)) {
      yield* passAll(place, newest.entries, signal);
      return newest.bottom;
    }
    end = newest.entries.at(-1);
    if (!end) return newest.bottom;
  }
}

/** The whole log, from the first entry. */
async function* fromTop(
  kept: Kept,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  const newest = await kept.pages.newest(signal);
  const { pages, isTop, isWhole } = await wayBack(kept, newest, signal);
  if (!isTop) {
    // Not the start from which lines were counted.
    place.tellAll();
    yield [lostBefore()];
  }
  for (const page of pages) yield* passAll(place, page, signal);
  const isEnd = !isWhole && (yield* onward(kept, place, signal, newest.entries.at(-1)));
  return isEnd || newest.bottom;
}

/**
 * Reads the newest page if entries cannot be used as references. Reports a gap if entries may be missing
 * before it.
 */
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

/** The gap for entries that may exist but cannot be requested. */
const lostBefore = (): LogEvent => ({
  kind: 'gap',
  cause: 'lost',
  why: 'the server sends no timestamps, so older lines cannot be requested',
});

/** True if nothing is missing between the entries that were read and a page. */
function isJoined(place: Place, { entries }: Page): boolean {
  const [first] = entries;
  const high = place.high();
  if (first?.number !== undefined && high !== undefined && first.number <= high + 1) return true;
  return place.overlaps(entries);
}

/** True if this entry, or a later one, was read. */
function isPast(place: Place, entry: Entry | undefined): boolean {
  if (!entry) return false;
  if (entry.number !== undefined) return (place.high() ?? -1) >= entry.number;
  return entry.ms !== undefined && (place.last()?.ms ?? -Infinity) > entry.ms;
}

/**
 * Number of entries processed between yields to the event loop: each takes a few microseconds here and in the
 * reader.
 */
const passedAtOnce = 500;

/** Reads entries in small batches and yields to the event loop in between. */
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

/** About this number of bytes of text at the end, preceded by a gap for the skipped part. */
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

/**
 * The last entries with about this number of bytes of text in total, and the position at which they start.
 */
export function endOf(
  entries: readonly Entry[],
  isTop: boolean,
  bytes: number,
): { readonly shown: readonly Entry[]; readonly mark: Mark } {
  let begin = entries.length;
  for (let left = bytes; begin > 0 && left > 0;) left -= entries[--begin]?.message.length ?? 0;
  // An older page can only end at an entry that the server can find.
  while (begin > 0 && entries[begin]?.ms === undefined) begin--;
  const ref = begin === 0 && isTop ? undefined : firstRef(entries.slice(begin, begin + 1));
  const mark: Mark = ref ? { at: 'before', ref, lines: 0 } : { at: 'start', lines: 0 };
  return { shown: entries.slice(begin), mark };
}

const textBytes = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { message }) => sum + message.length, 0);

/**
 * Converts a position before an entry to one after the previous entry, so that the following entries can be
 * requested.
 */
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

/** The entries before the referenced one; all of them if it is not among them. */
function upTo(entries: readonly Entry[], { ms, id }: Ref): readonly Entry[] {
  const at = id === undefined ? -1 : entries.findIndex((entry) => entry.id === id && entry.ms === ms);
  return at < 0 ? entries : entries.slice(0, at);
}
