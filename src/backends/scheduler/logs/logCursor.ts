import type { LogCursor } from '../../../core/domain/log.js';
import { JobError } from '../../../core/domain/problem.js';

/** How far a file has been read. */
export interface LogPosition {
  /** The file's ID; empty if it did not exist. */
  readonly id: string;
  readonly offset: number;
}

/** The cursor with one mark for each file of a log. */
export const serializePositions = (marks: readonly LogPosition[]): LogCursor =>
  marks.map(({ id, offset }) => `${id}:${String(offset)}`).join(',');

/** @throws {@link JobError} of kind `invalid` for a malformed cursor. */
export function parsePositions(cursor: LogCursor): readonly LogPosition[] {
  return cursor.split(',').map((text) => {
    const [, id, offset] = /^(\d*):(\d{1,15})$/.exec(text) ?? [];
    if (id === undefined || offset === undefined)
      throw new JobError({ kind: 'invalid', why: 'Invalid log position.' });
    return { id, offset: Number(offset) };
  });
}
