import { lineSplitter, type SplitLine } from '../../../core/logs/lines.js';
import type { LogGap, LogText } from '../../../core/domain/log.js';
import { mostLooked, type Looker } from '../../../remote/looker.js';
import type { Mark } from './logCursor.js';

/** Which of a job's files a line comes from: `error` where stderr has a file of its own. */
export type Stream = 'output' | 'error';

/** A line without its cursor, or what came in the place of lines, and how far the file is read with it. */
export interface Entry {
  readonly event: Omit<LogText, 'next'> | LogGap;
  readonly mark: Mark;
}

/** What a look at a file brought. */
export interface News {
  readonly entries: readonly Entry[];
  /** True: there was more than one look holds. */
  readonly more: boolean;
  /** Of the whole file, at that look; undefined: it was not there. */
  readonly size?: number;
}

/** One file of a log, read on from where it was left. */
export interface LogFile {
  readonly path: string;
  /** What the last look saw of it. */
  readonly seen: () => 'absent' | 'empty' | 'filled';
  /** How far its lines were handed on. */
  readonly mark: () => Mark;
  /**
   * Moves to about `bytes` before its end, to the beginning of a line; gives the bytes that are left out.
   * `before`: as if the file ended there.
   */
  readonly toEnd: (bytes: number, before?: number) => Promise<number>;
  /**
   * Reads on, up to `before`. A file that was replaced, cut or written anew is read from its beginning, after a gap;
   * one of the same size and beginning is taken for the same.
   */
  readonly read: (before?: number) => Promise<News>;
  /** The unfinished last line; undefined: there is none. */
  readonly partial: () => string | undefined;
  /** The unfinished last line as a line: nothing more will come. */
  readonly rest: () => readonly Entry[];
}

/** So many bytes before the place are compared with what was read there, to notice a file that was written anew. */
const comparedBytes = 64;

/** A file of a log on the host. @param why - of the gap where it was replaced: a phrase. */
export function logFile(looker: Looker, path: string, stream: Stream, from: Mark, why: string): LogFile {
  let id = from.id;
  /** Up to where it is read, and up to where its lines were handed on. */
  let offset = from.offset;
  let done = from.offset;
  /** The last bytes before `offset`, as far as they were read here. */
  let tail = Buffer.alloc(0);
  let splitter = lineSplitter();
  /** Where the splitter's first byte lies. */
  let base = from.offset;
  let size: number | undefined;

  const begin = (at: number): void => {
    offset = done = base = at;
    tail = Buffer.alloc(0);
    splitter = lineSplitter();
  };
  const entryOf = ({ text, open, end }: SplitLine): Entry => {
    done = base + end;
    const level = stream === 'error' ? { level: 'error' } : {};
    return { event: { kind: 'line', text, ...(open ? { open } : {}), ...level }, mark: { id, offset: done } };
  };
  const look = async (): Promise<Compared | undefined> => {
    const now = await compared(looker, path, { id, offset, tail });
    size = now?.size;
    return now;
  };

  return {
    path,
    seen: () => (size === undefined ? 'absent' : size === 0 ? 'empty' : 'filled'),
    mark: () => ({ id, offset: done }),
    toEnd: async (bytes, before = Number.MAX_SAFE_INTEGER) => {
      const now = await looker.look(path, Number.MAX_SAFE_INTEGER, 0);
      if (!now) return 0;
      id = now.id;
      const end = Math.min(now.size, before);
      const at = Math.max(0, end - bytes);
      begin(at === 0 ? 0 : await lineStart(looker, path, at, end));
      return offset;
    },
    read: async (before = Number.MAX_SAFE_INTEGER) => {
      let now = await look();
      if (!now) return { entries: [], more: false };
      const entries: Entry[] = [];
      if (!now.isSame) {
        entries.push(...splitter.end().map(entryOf));
        begin(0);
        id = '';
        now = await look();
        entries.push({ event: { kind: 'gap', cause: 'lost', why }, mark: { id: now?.id ?? '', offset: 0 } });
        if (!now) return { entries, more: false };
      }
      id = now.id;
      const bytes = now.bytes.subarray(0, Math.max(0, before - offset));
      for (const line of splitter.push(bytes)) entries.push(entryOf(line));
      offset += bytes.length;
      tail = Buffer.from(Buffer.concat([tail, bytes]).subarray(-comparedBytes));
      return { entries, more: bytes.length > 0 && offset < Math.min(now.size, before), size: now.size };
    },
    partial: () => splitter.partial(),
    rest: () => splitter.end().map(entryOf),
  };
}

/** What stands behind a place that was reached, if what stands before it is as it was. */
interface Compared {
  readonly bytes: Buffer;
  readonly size: number;
  readonly id: string;
  readonly isSame: boolean;
}

async function compared(
  looker: Looker,
  path: string,
  { id, offset, tail }: Mark & { readonly tail: Buffer },
): Promise<Compared | undefined> {
  const found = await looker.look(path, offset - tail.length, mostLooked);
  if (!found) return undefined;
  // No more than was asked for, whatever came: the next look brings the rest.
  const bytes = Buffer.from(found.bytes.subarray(0, mostLooked));
  const isSame =
    (id === '' || found.id === id) &&
    found.size >= offset &&
    bytes.subarray(0, tail.length).equals(tail.subarray(0, bytes.length));
  return { bytes: bytes.subarray(tail.length), size: found.size, id: found.id, isSame };
}

/** The first beginning of a line from an offset on and before an end; where the line is too long, of a character. */
async function lineStart(looker: Looker, path: string, from: number, end: number): Promise<number> {
  const seen = await looker.look(path, from - 1, 65_536);
  if (!seen) return from;
  const bytes = Buffer.from(seen.bytes);
  const at = bytes.indexOf(10);
  if (at >= 0 && from + at < end) return from + at;
  // Within a UTF-8 sequence, all bytes but the first begin with the bits 10.
  const skipped = bytes.subarray(1, 5).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return skipped < 0 || from + skipped >= end ? from : from + skipped;
}
