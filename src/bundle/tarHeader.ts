import { decodeName } from '../lib/byteNames.js';

/** The size of a block of a tar, in bytes. */
export const blockBytes = 512;

/** A part of a sparse file that is stored in a tar; the gaps between parts read as zeros. */
export interface SparsePart {
  readonly offset: number;
  readonly bytes: number;
}

/** The header block of an entry, without the data of other blocks about the same entry. */
export interface RawHeader {
  /** As in the tar: `0` for a file, `5` for a directory, `x` for attributes of the next entry… */
  readonly type: string;
  readonly name: string;
  readonly linkName: string;
  readonly mode: number;
  /** Size of the content stored in the tar. */
  readonly bytes: number;
  /**
   * For a sparse file in GNU tar's old format: its parts so far, its size, and whether a block with more
   * parts follows.
   */
  readonly sparse: {
    readonly parts: readonly SparsePart[];
    readonly bytes: number;
    readonly hasMore: boolean;
  };
}

/** The reason why an archive cannot be unpacked, as a phrase. */
export class TarProblem extends Error {}

/** An archive that is truncated, damaged, or not a tar. */
export const incomplete = (): TarProblem => new TarProblem('not a complete tar archive');

/**
 * Parses a header block in ustar, pax or GNU format, or in the oldest format, which has no magic number.
 *
 * @throws {@link TarProblem} if the checksum is wrong. Source: POSIX.1-2017, pax, ustar interchange format;
 * GNU tar manual, "Basic Tar Format" and "Storing Sparse Files".
 */
export function readHeader(block: Buffer): RawHeader {
  if (!isHeader(block)) throw incomplete();
  const magic = block.toString('latin1', 257, 263);
  const name = nameAt(block, 0, 100);
  const prefix = magic === 'ustar\0' ? nameAt(block, 345, 155) : '';
  const type = String.fromCharCode(block[156] ?? 0).replace('\0', '0');
  const isSparse = type === 'S';
  return {
    type,
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: nameAt(block, 157, 100),
    mode: numberAt(block, 100, 8),
    bytes: numberAt(block, 124, 12),
    sparse: {
      parts: isSparse ? sparsePartsAt(block, 386, 4) : [],
      bytes: isSparse ? numberAt(block, 483, 12) : 0,
      hasMore: isSparse && block[482] !== 0,
    },
  };
}

/** Parses a block with more parts of a sparse file in GNU tar's old format. */
export const readMoreSparse = (block: Buffer): Pick<RawHeader['sparse'], 'parts' | 'hasMore'> => ({
  parts: sparsePartsAt(block, 0, 21),
  hasMore: block[504] !== 0,
});

function sparsePartsAt(block: Buffer, start: number, count: number): readonly SparsePart[] {
  const parts: SparsePart[] = [];
  for (let at = start; at < start + count * 24 && block[at] !== 0; at += 24)
    parts.push({ offset: numberAt(block, at, 12), bytes: numberAt(block, at + 12, 12) });
  return parts;
}

/** True if the block is a header, according to its checksum. */
export function isHeader(block: Buffer): boolean {
  const told = /^ *([0-7]{1,7})[\0 ]/.exec(block.toString('latin1', 148, 157))?.[1];
  return told !== undefined && Number.parseInt(told, 8) === checksum(block);
}

function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum;
}

/**
 * A number in octal digits, or in binary if the first byte says so. @throws {@link TarProblem} if it is
 * invalid.
 */
function numberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  if (field[0] === 0x80) return safe(field.subarray(1).reduce((value, byte) => value * 256 + byte, 0));
  const text = field
    .toString('latin1')
    .replace(/\0[^]*$/, '')
    .trim();
  if (!/^[0-7]*$/.test(text)) throw incomplete();
  return text === '' ? 0 : safe(Number.parseInt(text, 8));
}

/** @throws {@link TarProblem} if it is not a valid size. */
export function safe(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw incomplete();
  return value;
}

/** A name, up to its first NUL. */
export const nameAt = (block: Buffer, at: number, length: number): string => {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decodeName(end < 0 ? field : field.subarray(0, end));
};

/** A record of a pax header. */
export type PaxRecord = readonly [key: string, value: Buffer];

/** Parses the records of a pax header, in order. A key can occur several times. @throws {@link TarProblem} */
export function readPax(data: Buffer): readonly PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < data.length && data[at] !== 0;) {
    const blank = data.indexOf(0x20, at);
    // Without this check, an invalid record would cause an endless loop.
    if (blank < 0) throw incomplete();
    const length = Number(data.toString('latin1', at, blank));
    const record = data.subarray(blank + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (!Number.isSafeInteger(length) || length <= blank - at || at + length > data.length || equals < 0)
      throw incomplete();
    records.push([record.toString('latin1', 0, equals), record.subarray(equals + 1)]);
    at += length;
  }
  return records;
}
