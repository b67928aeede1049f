import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/**
 * Size of a block in bytes. Each block is compressed separately, which at this size adds less than 0.5 % to
 * the result.
 */
const blockBytes = 1 << 20;

/** Number of blocks compressed concurrently: Node's thread pool has four threads, one of which stays free. */
const maxConcurrentBlocks = 3;

const compress = promisify(gzip);

/**
 * Compresses a file while it is read: in blocks that are compressed concurrently outside the main thread, one
 * gzip member each. `gzip` and other readers of the format decompress the members as one file. The result is
 * the same for the same file. Holds at most a few megabytes, however large the file and however slow the
 * reader.
 *
 * @param report - Called with the number of bytes of the file that have been passed on.
 * @returns A stream that must be read to its end or destroyed; it fails if reading the file fails.
 * Source: RFC 1952, 2.2: a gzip file is a series of members.
 */
export function createGzipStream(file: string, report?: (doneBytes: number) => void): Readable {
  return Readable.from(compressMembers(file, report), { objectMode: false, highWaterMark: blockBytes });
}

async function* compressMembers(file: string, report?: (doneBytes: number) => void): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    let done = 0;
    const inWork: { readonly bytes: number; readonly member: Promise<Buffer> }[] = [];
    for (let isFirst = true, isLast = false; !isLast || inWork.length > 0; isFirst = false) {
      if (!isLast) {
        const block = await readBlock(handle);
        isLast = block.length < blockBytes;
        if (block.length > 0 || isFirst) inWork.push({ bytes: block.length, member: compressBlock(block) });
      }
      const first = isLast || inWork.length >= maxConcurrentBlocks ? inWork.shift() : undefined;
      if (!first) continue;
      yield await first.member;
      done += first.bytes;
      report?.(done);
    }
  } finally {
    await handle.close();
  }
}

/** Shorter than a block only at the end of the file. */
async function readBlock(handle: FileHandle): Promise<Buffer> {
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  while (filled < blockBytes) {
    const { bytesRead } = await handle.read(block, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block.subarray(0, filled);
}

/** In one call: the result always fits the buffer, so the thread pool is used once. */
function compressBlock(block: Buffer): Promise<Buffer> {
  const member = compress(block, { level: 6, chunkSize: block.length + (block.length >> 8) + 1024 });
  member.catch(() => undefined); // another block may fail before this one is awaited
  return member;
}
