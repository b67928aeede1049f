import type { LogCursor, LogEvent, LogPage } from '../../../core/domain/log.js';
import { takeLastEntries, readForward, normalizePosition, type LogHistoryDeps } from './history.js';
import { findFirstRef, parseEntryPosition, formatEntryPosition, type EntryRef } from './position.js';
import { createLogProgress } from './progress.js';
import type { LogEntry, LogEntryPage } from './parsePage.js';

/**
 * About this number of bytes of text before a cursor, from the start of an entry; less if a page of the
 * server contains less.
 *
 * @throws {@link JobError} of kind `invalid` for an unknown cursor, and the errors of reading pages.
 */
export async function readOlderPage(
  kept: LogHistoryDeps,
  cursor: LogCursor,
  bytes: number,
  signal: AbortSignal,
): Promise<LogPage> {
  const asked = parseEntryPosition(cursor);
  if (asked.at === 'before' && asked.lines === 0)
    return createLogPage(await kept.pages.before(asked.ref, signal), [], 0, bytes);
  const mark = await normalizePosition(kept, asked, signal);
  if (mark.at === 'number')
    return createPageUpToNumber(await kept.pages.newest(signal), mark.number, mark.lines);
  if (mark.at !== 'after') return { events: await readTopLines(kept, mark.lines, signal) };
  const following = (await kept.pages.after(mark.ref, signal)).entries;
  // The server omits the referenced entry, so the entry after it is used as the reference.
  const next = findFirstRef(following);
  const before = next ? await kept.pages.before(next, signal) : await kept.pages.newest(signal);
  return createLogPage(
    { ...before, entries: listEntriesThrough(before.entries, mark.ref) },
    following,
    mark.lines,
    bytes,
  );
}

/** A page, followed by the first lines of the following entries. */
function createLogPage(
  { entries, top }: Pick<LogEntryPage, 'entries' | 'top'>,
  following: readonly LogEntry[],
  lines: number,
  bytes: number,
): LogPage {
  if (entries.length === 0 && lines === 0) return { events: [] };
  const { shown, mark } = takeLastEntries(entries, top, Math.max(1, bytes));
  const place = createLogProgress(mark);
  const events = [...place.pass(shown), ...place.pass(following).slice(0, lines)];
  return mark.at === 'before' ? { events, before: formatEntryPosition(mark) } : { events };
}

/** The newest page up to a number, since earlier pages cannot be requested. */
function createPageUpToNumber({ entries, top }: LogEntryPage, last: number, lines: number): LogPage {
  const place = createLogProgress({ at: 'start', lines: 0 });
  const isBefore = (entry: LogEntry): boolean => (entry.number ?? 0) <= last;
  const before = place.pass(entries.filter(isBefore));
  const following = place.pass(entries.filter((entry) => !isBefore(entry))).slice(0, lines);
  const gap: readonly LogEvent[] = top ? [] : [{ kind: 'gap', cause: 'lost' }];
  return { events: [...gap, ...before, ...following] };
}

/** The first lines of the log. */
async function readTopLines(
  kept: LogHistoryDeps,
  lines: number,
  signal: AbortSignal,
): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const block of readForward(kept, createLogProgress({ at: 'start', lines: 0 }), signal)) {
    for (const event of block) if (events.length < lines) events.push(event);
    if (events.length >= lines) break;
  }
  return events;
}

/** The entries up to and including the referenced one; all of them if it is not among them. */
function listEntriesThrough(entries: readonly LogEntry[], { ms, id }: EntryRef): readonly LogEntry[] {
  const at = entries.findLastIndex((entry) => entry.ms === ms && entry.id === id);
  return at < 0 ? entries : entries.slice(0, at + 1);
}
