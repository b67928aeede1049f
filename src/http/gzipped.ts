import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** How much is compressed at once; each block begins anew, which at this size costs less than 0.5 % of the result. */
const blockBytes = 1 << 20;

/** How many blocks are in work: Node's pool has four threads, of which one stays free for everything else. */
const atOnce = 3;

const compress = promisify(gzip);

/**
 * A file, gzipped as it is read: in blocks that are compressed beside each other, one gzip member each, off the caller's
 * thread. `gzip` and whoever follows its format reads the members as one. The same file gives the same bytes. It holds a
 * few megabytes at most, however large the file is and however slowly it is taken.
 *
 * @param report - Told how many bytes of the file have been handed on.
 * @returns To be read to its end or destroyed; it fails as reading the file fails.
 * Source: RFC 1952, 2.2: a gzip file is a series of members.
 */
export function gzipped(file: string, report?: (doneBytes: number) => void): Readable {
  return Readable.from(members(file, report), { objectMode: false, highWaterMark: blockBytes });
}

async function* members(file: string, report?: (doneBytes: number) => void): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    let done = 0;
    const inWork: { readonly bytes: number; readonly member: Promise<Buffer> }[] = [];
    for (let isFirst = true, isLast = false; !isLast || inWork.length > 0; isFirst = false) {
      if (!isLast) {
        const block = await readBlock(handle);
        isLast = block.length < blockBytes;
        if (block.length > 0 || isFirst) inWork.push({ bytes: block.length, member: memberOf(block) });
      }
      const first = isLast || inWork.length >= atOnce ? inWork.shift() : undefined;
      if (!first) continue;
      yield await first.member;
      done += first.bytes;
      report?.(done);
    }
  } finally {
    await handle.close();
  }
}

/** Shorter than a block only where the file ends. */
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

/** In one go: the result always fits into what is laid out for it, so the pool is asked once. */
function memberOf(block: Buffer): Promise<Buffer> {
  const member = compress(block, { level: 6, chunkSize: block.length + (block.length >> 8) + 1024 });
  member.catch(() => undefined); // another may fail before this one is waited for
  return member;
}
