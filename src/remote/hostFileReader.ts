import { open, stat } from 'node:fs/promises';
import { isMissing } from '../lib/errno.js';
import { toOneLine } from '../lib/sanitize.js';
import { JobError } from '../core/domain/problem.js';
import type { HostFileSystem } from './hostFiles.js';
import type { Host } from './host.js';
import { createSharedReader, type SharedReader } from './sharedReader.js';
import { getAbortError, linkAbort, raceAbort } from '../lib/abort.js';

/** A snapshot of a file, with some of its bytes. */
export interface FileChunk {
  /** Differs if another file has the same name. */
  readonly id: string;
  readonly size: number;
  /** Starting at the requested offset; empty at the end of the file. */
  readonly bytes: Uint8Array;
}

/** Reads growing files, one request at a time. */
export interface HostFileReader {
  /**
   * At most `most` bytes from `offset`; undefined if the file does not exist (yet).
   * @throws {@link JobError} of kind `offline`, or `refused` if the file is not readable or not a regular
   * file.
   */
  readonly read: (path: string, offset: number, most: number) => Promise<FileChunk | undefined>;
  readonly close: () => void;
}

/** The maximum number of bytes per read. */
export const maxChunkBytes = 262_144;

/**
 * Creates a reader. On a remote host all readers share one program, which runs as long as one of them is
 * open.
 */
export const createHostFileReader = (files: HostFileSystem, signal: AbortSignal): HostFileReader =>
  files.host.isRemote ? createRemoteFileReader(files, signal) : createLocalFileReader(files);

function createLocalFileReader({ place }: HostFileSystem): HostFileReader {
  return {
    read: async (path, offset, most) => {
      try {
        const about = await stat(path);
        if (!about.isFile()) throw createNotAFileError(place, path);
        const file = await open(path);
        try {
          const { size, ino } = await file.stat();
          const buffer = Buffer.alloc(Math.max(0, Math.min(most, size - offset)));
          const { bytesRead } =
            buffer.length > 0 ? await file.read(buffer, 0, buffer.length, offset) : { bytesRead: 0 };
          return { id: String(ino), size, bytes: buffer.subarray(0, bytesRead) };
        } finally {
          await file.close();
        }
      } catch (error) {
        if (error instanceof JobError) throw error;
        if (isMissing(error)) return undefined;
        throw new JobError(
          { kind: 'refused', place, words: `no permission to read ${path}` },
          { cause: error },
        );
      }
    },
    close: () => undefined,
  };
}

const createNotAFileError = (place: string, path: string): JobError =>
  new JobError({ kind: 'refused', place, words: `${path} is not a regular file` });

function createRemoteFileReader({ host, place }: HostFileSystem, signal: AbortSignal): HostFileReader {
  const reader = getSharedReader(host);
  const life = linkAbort(signal);
  const leave = reader.join();
  life.signal.addEventListener('abort', leave, { once: true });
  return {
    read: async (path, offset, most) => {
      life.signal.throwIfAborted();
      if (/[\r\n]/.test(path))
        throw new JobError({ kind: 'refused', place, words: `${toOneLine(path)} cannot be read` });
      const question = `${path}\n${String(offset)}\n${String(Math.min(most, maxChunkBytes))}\n`;
      const answer = await raceAbort(reader.ask(question), life.signal, getAbortError);
      if (answer) return parseChunk(answer, path, { place });
      throw new JobError({ kind: 'offline', place, why: 'the log reader exited' });
    },
    close: () => {
      life.unlink();
      life.abort();
      leave();
    },
  };
}

/** One shared reader per host. */
const sharedReaders = new WeakMap<Host, SharedReader>();

function getSharedReader(host: Host): SharedReader {
  const reader = sharedReaders.get(host) ?? createSharedReader(host);
  sharedReaders.set(host, reader);
  return reader;
}

function parseChunk(
  text: Buffer,
  path: string,
  { place }: Pick<HostFileSystem, 'place'>,
): FileChunk | undefined {
  const lineEnd = text.indexOf(10);
  const line = text.subarray(0, lineEnd < 0 ? undefined : lineEnd).toString('latin1');
  const [id = '', size = ''] = line.split(' ');
  if (id === 'none') return undefined;
  if (id === 'other') throw createNotAFileError(place, path);
  if (id === 'closed') throw new JobError({ kind: 'refused', place, words: `no permission to read ${path}` });
  if (!/^\d+ \d+$/.test(`${id} ${size}`)) throw new JobError({ kind: 'badAnswer', place, what: 'log read' });
  return { id, size: Number(size), bytes: lineEnd < 0 ? Buffer.alloc(0) : text.subarray(lineEnd + 1) };
}
