import type { LogCursor } from '../../../core/domain/log.js';
import { JobError } from '../../../core/domain/problem.js';
import type { LogEntry } from './parsePage.js';

/**
 * A reference by which the server finds an entry: pages are requested by the time and the event id of a known
 * entry.
 */
export interface EntryRef {
  readonly ms: number;
  readonly id: string | undefined;
}

/**
 * A position in a job's log: a number of lines after the start, after an entry, or after the position before
 * an entry. The last is used if the previous entry is unknown. `number` is used if the server cannot find the
 * entry, since it has no timestamp.
 */
export type EntryPosition =
  | { readonly at: 'start'; readonly lines: number }
  | { readonly at: 'number'; readonly number: number; readonly lines: number }
  | { readonly at: 'after' | 'before'; readonly ref: EntryRef; readonly lines: number };

/** The reference of an entry; undefined if it has no timestamp, so that the server cannot find it. */
export const toEntryRef = ({ ms, id }: LogEntry): EntryRef | undefined =>
  ms === undefined ? undefined : { ms, id };

/** The reference of the first entry that the server can find. */
export function findFirstRef(entries: readonly LogEntry[]): EntryRef | undefined {
  const entry = entries.find(({ ms }) => ms !== undefined);
  return entry && toEntryRef(entry);
}

/** Formats a mark as a cursor. */
export function formatEntryPosition(mark: EntryPosition): LogCursor {
  if (mark.at === 'start') return `start:${mark.lines}`;
  if (mark.at === 'number') return `number:${mark.number}:${mark.lines}`;
  const { ms, id } = mark.ref;
  // The id is last, so it can contain any characters.
  return `${mark.at}:${ms}:${mark.lines}${id === undefined ? '' : `:${id}`}`;
}

/**
 * Parses a cursor.
 *
 * @throws {@link JobError} of kind `invalid` for a text that {@link formatEntryPosition} did not write.
 */
export function parseEntryPosition(cursor: LogCursor): EntryPosition {
  const [, start] = /^start:(\d{1,15})$/.exec(cursor) ?? [];
  if (start !== undefined) return { at: 'start', lines: Number(start) };
  const [, number, further] = /^number:(\d{1,15}):(\d{1,15})$/.exec(cursor) ?? [];
  if (number !== undefined) return { at: 'number', number: Number(number), lines: Number(further) };
  const [, at, ms, lines, id] = /^(after|before):(-?\d{1,16}):(\d{1,15})(?::([^]*))?$/.exec(cursor) ?? [];
  if (at === undefined)
    throw new JobError({
      kind: 'invalid',
      why: 'Invalid log position.',
    });
  return {
    at: at === 'after' ? 'after' : 'before',
    ref: { ms: Number(ms), id },
    lines: Number(lines),
  };
}
