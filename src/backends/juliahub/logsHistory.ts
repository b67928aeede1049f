import type { LogEvent, LogStart } from '../../core/log.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import { linesOf } from './logsLines.js';
import { firstRef, readMark, refOf, writeMark, type Mark, type Ref } from './logsMark.js';
import type { Pages } from './logsPages.js';
import { placeAt, type Place } from './logsPlace.js';
import type { Entry, Page } from './logsWire.js';

/** What reading a log needs of one job. */
export interface Kept {
  readonly pages: Pages;
  /** As messages name the server. */
  readonly server: string;
  readonly say: Say;
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
    from.at === 'start'
      ? { at: 'start', lines: 0 }
      : await settled(kept, readMark(from.cursor, kept.say), signal);
  const place = placeAt(mark);
  return { place, isWhole: yield* onward(kept, place, signal) };
}

/**
 * What came after a place, until there is no more of it now; from the beginning on where nothing was passed. Returns
 * true where the job has ended and this was all.
 */
export async function* onward(
  kept: Kept,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], boolean> {
  let isWhole = false;
  let enough = Infinity;
  for (;;) {
    const ref = place.last();
    const passed = place.passed();
    let page = ref ? await kept.pages.after(ref, signal) : await kept.pages.newest(signal);
    if (!ref && passed === 0) {
      // What a job writes meanwhile is not waited for: it may write faster than it is read.
      enough = page.entries.at(-1)?.number ?? Infinity;
      isWhole = page.bottom;
      page = await topMost(kept, page, signal);
    }
    yield place.pass(page.entries);
    if (page.bottom) return true;
    if (place.passed() === passed || (place.high() ?? -1) >= enough) return isWhole;
  }
}

/**
 * The first page of a log, found from a later one: the server only leads back from an entry that is known. What lies on
 * the way is not kept and fetched once more, since a log may be far longer than fits into memory.
 */
async function topMost(kept: Kept, later: Page, signal: AbortSignal): Promise<Page> {
  for (let page = later; ;) {
    const older = await olderThan(kept, page, signal);
    if (!older) return page;
    page = older;
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
    older = await olderThan(kept, first, signal);
    if (!older) break;
    first = older;
    entries = [...older.entries, ...entries];
  }
  // Where no entry can be asked by, there may be more.
  const isTop =
    first.top || (!older && (first.entries.length === 0 || firstRef(first.entries) !== undefined));
  const { shown, mark } = endOf(entries, isTop, bytes);
  const place = placeAt(mark);
  if (mark.at === 'before') yield [{ kind: 'gap', cause: 'skipped', before: writeMark(mark) }];
  else if (!isTop) yield [{ kind: 'gap', cause: 'skipped' }];
  yield place.pass(shown);
  return { place, isWhole: newest.bottom };
}

/** The page before one; undefined: there is nothing before it, or the server does not say how to ask for it. */
async function olderThan(
  { pages, server }: Kept,
  page: Page,
  signal: AbortSignal,
): Promise<Page | undefined> {
  const ref = firstRef(page.entries);
  if (page.top || !ref) return undefined;
  const older = await pages.before(ref, signal);
  if (older.entries.length === 0) return undefined;
  const first = firstRef(older.entries);
  // Else the way back would have no end.
  if (first && first.ms === ref.ms && first.id === ref.id)
    throw new JobError({ kind: 'badAnswer', place: server, what: 'older part of a job log' });
  return older;
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
