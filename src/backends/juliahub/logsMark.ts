import type { LogCursor } from '../../core/domain/log.js';
import { JobError } from '../../core/domain/problem.js';
import type { Entry } from './logsWire.js';

/** An entry as the server finds it again: pages are asked for by the time and the event id of one that is known. */
export interface Ref {
  readonly ms: number;
  readonly id: string | undefined;
}

/**
 * A place in a job's log: so many lines after the beginning, after an entry, or after the place before an entry. The
 * last is for an entry of which it is not known what comes before it. `number` is for one that the server does not find
 * again, since it does not say when it was written.
 */
export type Mark =
  | { readonly at: 'start'; readonly lines: number }
  | { readonly at: 'number'; readonly number: number; readonly lines: number }
  | { readonly at: 'after' | 'before'; readonly ref: Ref; readonly lines: number };

/** How the server finds an entry again; undefined: it cannot, since it does not tell when it was written. */
export const refOf = ({ ms, id }: Entry): Ref | undefined => (ms === undefined ? undefined : { ms, id });

/** The first entry that the server can find again. */
export function firstRef(entries: readonly Entry[]): Ref | undefined {
  const entry = entries.find(({ ms }) => ms !== undefined);
  return entry && refOf(entry);
}

/** A mark as a cursor. */
export function writeMark(mark: Mark): LogCursor {
  if (mark.at === 'start') return `start:${mark.lines}`;
  if (mark.at === 'number') return `number:${mark.number}:${mark.lines}`;
  const { ms, id } = mark.ref;
  // The id stands last, so it may hold whatever the server likes.
  return `${mark.at}:${ms}:${mark.lines}${id === undefined ? '' : `:${id}`}`;
}

/** @throws {@link JobError} of kind `invalid` for a text that {@link writeMark} did not write. */
export function readMark(cursor: LogCursor): Mark {
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
