import { JobError } from '../../core/domain/problem.js';
import type { Kept } from './logsHistory.js';
import { firstRef } from './logsMark.js';
import type { Entry, Page } from './logsWire.js';

/** What was found on the way from a page back to the beginning of a log. */
export interface WayBack {
  /** The first pages of the log, in order, or of what can be had of it. */
  readonly pages: readonly (readonly Entry[])[];
  /** False: there may be something before them, which the server does not say how to ask for. */
  readonly isTop: boolean;
  /** True: nothing lies between these pages and what was begun with, which is the last of them. */
  readonly isWhole: boolean;
}

/** At most so much of the way is held: whatever is later is fetched once more. About 25 MB. */
const maxHeldEntries = 110_000;
const maxHeldChars = 12_000_000;

/**
 * Goes back to the first page of a log: the server only leads back from an entry that is known. The oldest pages are held,
 * so that a log of usual size is fetched once.
 */
export async function wayBack(kept: Kept, later: Page, signal: AbortSignal): Promise<WayBack> {
  /** Newest first. */
  let held: (readonly Entry[])[] = [later.entries];
  let isWhole = true;
  for (let page = later; ;) {
    const older = await pageBefore(kept, page, signal);
    if (!older) return { pages: held.reverse(), isTop: isFirst(page), isWhole };
    held.push(sinceRef(held.pop() ?? []), older.entries);
    while (held.length > 1 && isTooMuch(held)) {
      held = held.slice(1);
      isWhole = false;
    }
    page = older;
  }
}

/** False: there may be something before it, but no entry says when it was written. */
export const isFirst = ({ top, entries }: Page): boolean =>
  top || entries.length === 0 || firstRef(entries) !== undefined;

/** The entries from the first one on that can be asked by: those before it come with the page before, too. */
export const sinceRef = (entries: readonly Entry[]): readonly Entry[] => {
  const at = entries.findIndex(({ ms }) => ms !== undefined);
  return at > 0 ? entries.slice(at) : entries;
};

const charsOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { message }) => sum + message.length, 0);

const isTooMuch = (pages: readonly (readonly Entry[])[]): boolean =>
  pages.reduce((sum, { length }) => sum + length, 0) > maxHeldEntries ||
  pages.reduce((sum, entries) => sum + charsOf(entries), 0) > maxHeldChars;

/** The page before one; undefined: there is nothing before it, or the server does not say how to ask for it. */
export async function pageBefore(
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
