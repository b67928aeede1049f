import { createLineTail, findLineStart, type LineTail, type ReadAt } from '../../../core/logs/lineTail.js';
import type { SplitLine } from '../../../core/logs/lines.js';
import type { LogGap, LogText } from '../../../core/domain/log.js';
import { mostLooked, type Looker } from '../../../remote/looker.js';
import type { Mark } from './logCursor.js';

/** The file that a line comes from: `error` if stderr has its own file. */
export type Stream = 'output' | 'error';

/** A line without its cursor, or a gap, and the position after it. */
export interface Entry {
  readonly event: Omit<LogText, 'next'> | LogGap;
  readonly mark: Mark;
}

/** The result of one read. */
export interface News {
  readonly entries: readonly Entry[];
  /** True if there was more than one read returns. */
  readonly more: boolean;
  /** The size of the whole file at that time; undefined if it did not exist. */
  readonly size?: number;
}

/** One file of a log, read incrementally. */
export interface LogFile {
  readonly path: string;
  /** The state of the file at the last read. */
  readonly seen: () => 'absent' | 'empty' | 'filled';
  /** The position up to which lines were returned. */
  readonly mark: () => Mark;
  /**
   * Moves to the start of a line about `bytes` before the end; returns the number of skipped bytes. `before`: treats
   * the file as if it ended there.
   */
  readonly toEnd: (bytes: number, before?: number) => Promise<number>;
  /**
   * Reads on, up to `before`. A file that was replaced, truncated or rewritten is read from its start, after a gap; a
   * file with the same size and beginning counts as the same.
   */
  readonly read: (before?: number) => Promise<News>;
  /** The unfinished last line; undefined if there is none. */
  readonly partial: () => string | undefined;
  /** The unfinished last line as a line, when nothing more will be written. */
  readonly rest: () => readonly Entry[];
}

/** A file of a log on the host. @param why - The reason in the gap if it was replaced: a phrase. */
export function logFile(looker: Looker, path: string, stream: Stream, from: Mark, why: string): LogFile {
  let id = from.id;
  const tail = createLineTail(from.offset);
  /** The position up to which lines were returned. */
  let done = from.offset;
  let size: number | undefined;

  const begin = (at: number): void => {
    tail.moveTo(at);
    done = at;
  };
  const entryOf = ({ text, open, end }: SplitLine): Entry => {
    done = tail.base() + end;
    const level = stream === 'error' ? { level: 'error' } : {};
    return { event: { kind: 'line', text, ...(open ? { open } : {}), ...level }, mark: { id, offset: done } };
  };
  const look = async (): Promise<Compared | undefined> => {
    const now = await compared(looker, path, id, tail);
    size = now?.size;
    return now;
  };
  const readAt: ReadAt = async (offset, most) => (await looker.look(path, offset, most))?.bytes ?? nothing;

  return {
    path,
    seen: () => (size === undefined ? 'absent' : size === 0 ? 'empty' : 'filled'),
    mark: () => ({ id, offset: done }),
    toEnd: async (bytes, before = Number.MAX_SAFE_INTEGER) => {
      const now = await looker.look(path, Number.MAX_SAFE_INTEGER, 0);
      if (!now) return 0;
      id = now.id;
      const end = Math.min(now.size, before);
      begin(await findLineStart(readAt, Math.max(0, end - bytes), end));
      return done;
    },
    read: async (before = Number.MAX_SAFE_INTEGER) => {
      let now = await look();
      if (!now) return { entries: [], more: false };
      const entries: Entry[] = [];
      if (!now.isSame) {
        entries.push(...tail.rest().map(entryOf));
        begin(0);
        id = '';
        now = await look();
        entries.push({ event: { kind: 'gap', cause: 'lost', why }, mark: { id: now?.id ?? '', offset: 0 } });
        if (!now) return { entries, more: false };
      }
      id = now.id;
      const bytes = now.bytes.subarray(0, Math.max(0, before - tail.position()));
      for (const line of tail.push(bytes)) entries.push(entryOf(line));
      const isBehind = bytes.length > 0 && tail.position() < Math.min(now.size, before);
      return { entries, more: isBehind, size: now.size };
    },
    partial: () => tail.partial(),
    rest: () => tail.rest().map(entryOf),
  };
}

const nothing = new Uint8Array(0);

/** The bytes after the current position, if those before it are unchanged. */
interface Compared {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly id: string;
  readonly isSame: boolean;
}

async function compared(
  looker: Looker,
  path: string,
  id: string,
  tail: LineTail,
): Promise<Compared | undefined> {
  const known = tail.comparable();
  const found = await looker.look(path, tail.position() - known, mostLooked);
  if (!found) return undefined;
  // Uses no more than was requested, whatever was returned: the next read gets the rest.
  const bytes = found.bytes.subarray(0, mostLooked);
  const isSame =
    (id === '' || found.id === id) && found.size >= tail.position() && tail.isSame(bytes.subarray(0, known));
  return { bytes: bytes.subarray(known), size: found.size, id: found.id, isSame };
}
