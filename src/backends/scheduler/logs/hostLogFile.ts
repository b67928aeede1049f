import {
  createLineTail,
  findLineStart,
  type LineTail,
  type RangeReader,
} from '../../../core/logs/lineTail.js';
import type { SplitLine } from '../../../core/logs/lineSplitter.js';
import type { LogGap, LogText } from '../../../core/domain/log.js';
import { maxChunkBytes, type HostFileReader } from '../../../remote/hostFileReader.js';
import type { LogPosition } from './logCursor.js';

/** The file that a line comes from: `error` if stderr has its own file. */
export type LogStream = 'output' | 'error';

/** A line without its cursor, or a gap, and the position after it. */
export interface LogSegment {
  readonly event: Omit<LogText, 'next'> | LogGap;
  readonly position: LogPosition;
}

/** The result of one read. */
export interface LogFileChange {
  readonly segments: readonly LogSegment[];
  /** True if there was more than one read returns. */
  readonly hasMore: boolean;
  /** The size of the whole file at that time; undefined if it did not exist. */
  readonly size?: number;
}

/** One file of a log, read incrementally. */
export interface HostLogFile {
  readonly path: string;
  /** The state of the file at the last read. */
  readonly getContent: () => 'absent' | 'empty' | 'filled';
  /** The position up to which lines were returned. */
  readonly getPosition: () => LogPosition;
  /**
   * Moves to the start of a line about `bytes` before the end; returns the number of skipped bytes. `before`: treats
   * the file as if it ended there.
   */
  readonly seekToEnd: (bytes: number, before?: number) => Promise<number>;
  /**
   * Reads on, up to `before`. A file that was replaced, truncated or rewritten is read from its start, after a gap; a
   * file with the same size and beginning counts as the same.
   */
  readonly read: (before?: number) => Promise<LogFileChange>;
  /** The unfinished last line; undefined if there is none. */
  readonly getPartialLine: () => string | undefined;
  /** The unfinished last line as a line, when nothing more will be written. */
  readonly flush: () => readonly LogSegment[];
}

/** A file of a log on the host. @param why - The reason in the gap if it was replaced: a phrase. */
export function createHostLogFile(
  looker: HostFileReader,
  path: string,
  stream: LogStream,
  from: LogPosition,
  why: string,
): HostLogFile {
  let id = from.id;
  const tail = createLineTail(from.offset);
  /** The position up to which lines were returned. */
  let done = from.offset;
  let size: number | undefined;

  const begin = (at: number): void => {
    tail.moveTo(at);
    done = at;
  };
  const toSegment = (line: SplitLine): LogSegment => {
    done = tail.base() + line.end;
    return { event: toLineEvent(line, stream), position: { id, offset: done } };
  };
  const look = async (): Promise<TailComparison | undefined> => {
    const now = await compareTail(looker, path, id, tail);
    size = now?.size;
    return now;
  };
  const readAt: RangeReader = async (offset, most) =>
    (await looker.read(path, offset, most))?.bytes ?? emptyBytes;

  return {
    path,
    getContent: () => (size === undefined ? 'absent' : size === 0 ? 'empty' : 'filled'),
    getPosition: () => ({ id, offset: done }),
    seekToEnd: async (bytes, before = Number.MAX_SAFE_INTEGER) => {
      const now = await looker.read(path, Number.MAX_SAFE_INTEGER, 0);
      if (!now) return 0;
      id = now.id;
      const end = Math.min(now.size, before);
      begin(await findLineStart(readAt, Math.max(0, end - bytes), end));
      return done;
    },
    read: async (before = Number.MAX_SAFE_INTEGER) => {
      let now = await look();
      if (!now) return { segments: [], hasMore: false };
      const entries: LogSegment[] = [];
      if (!now.isSame) {
        entries.push(...tail.takeRest().map(toSegment));
        begin(0);
        id = '';
        now = await look();
        entries.push(createReplacementGap(why, now?.id));
        if (!now) return { segments: entries, hasMore: false };
      }
      id = now.id;
      const bytes = now.bytes.subarray(0, Math.max(0, before - tail.position()));
      for (const line of tail.push(bytes)) entries.push(toSegment(line));
      const isBehind = bytes.length > 0 && tail.position() < Math.min(now.size, before);
      return { segments: entries, hasMore: isBehind, size: now.size };
    },
    getPartialLine: () => tail.partial(),
    flush: () => tail.takeRest().map(toSegment),
  };
}

const toLineEvent = ({ text, open }: SplitLine, stream: LogStream): LogSegment['event'] => ({
  kind: 'line',
  text,
  ...(open ? { open } : {}),
  ...(stream === 'error' ? { level: 'error' } : {}),
});

const createReplacementGap = (why: string, id = ''): LogSegment => ({
  event: { kind: 'gap', cause: 'lost', why },
  position: { id, offset: 0 },
});

const emptyBytes = new Uint8Array(0);

/** The bytes after the current position, if those before it are unchanged. */
interface TailComparison {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly id: string;
  readonly isSame: boolean;
}

async function compareTail(
  looker: HostFileReader,
  path: string,
  id: string,
  tail: LineTail,
): Promise<TailComparison | undefined> {
  const known = tail.getComparableBytes();
  const found = await looker.read(path, tail.position() - known, maxChunkBytes);
  if (!found) return undefined;
  // Uses no more than was requested, whatever was returned: the next read gets the rest.
  const bytes = found.bytes.subarray(0, maxChunkBytes);
  const isSame =
    (id === '' || found.id === id) && found.size >= tail.position() && tail.isSame(bytes.subarray(0, known));
  return { bytes: bytes.subarray(known), size: found.size, id: found.id, isSame };
}
