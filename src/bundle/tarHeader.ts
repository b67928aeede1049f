import { decodeName } from '../lib/byteNames.js';

/** The size of a block of a tar, in bytes. */
export const tarBlockBytes = 512;

/** A part of a sparse file that is stored in a tar; the gaps between parts read as zeros. */
export interface SparsePart {
  readonly offset: number;
  readonly bytes: number;
}

/** The header block of an entry, without the data of other blocks about the same entry. */
export interface RawTarHeader {
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
export class TarFormatError extends Error {}

/** An archive that is truncated, damaged, or not a tar. */
export const createIncompleteError = (): TarFormatError => new TarFormatError('not a complete tar archive');

/**
 * Parses a header block in ustar, pax or GNU format, or in the oldest format, which has no magic number.
 *
 * @throws {@link TarProblem} if the checksum is wrong. Source: POSIX.1-2017, pax, ustar interchange format;
 * GNU tar manual, "Basic Tar Format" and "Storing Sparse Files".
 */
export function parseHeader(block: Buffer): RawTarHeader {
  if (!isHeaderBlock(block)) throw createIncompleteError();
  const magic = block.toString('latin1', 257, 263);
  const name = parseNameAt(block, 0, 100);
  const prefix = magic === 'ustar\0' ? parseNameAt(block, 345, 155) : '';
  const type = String.fromCharCode(block[156] ?? 0).replace('\0', '0');
  const isSparse = type === 'S';
  return {
    type,
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: parseNameAt(block, 157, 100),
    mode: parseNumberAt(block, 100, 8),
    bytes: parseNumberAt(block, 124, 12),
    sparse: {
      parts: isSparse ? parseSparseParts(block, 386, 4) : [],
      bytes: isSparse ? parseNumberAt(block, 483, 12) : 0,
      hasMore: isSparse && block[482] !== 0,
    },
  };
}

/** Parses a block with more parts of a sparse file in GNU tar's old format. */
export const parseMoreSparse = (block: Buffer): Pick<RawTarHeader['sparse'], 'parts' | 'hasMore'> => ({
  parts: parseSparseParts(block, 0, 21),
  hasMore: block[504] !== 0,
});

function parseSparseParts(block: Buffer, start: number, count: number): readonly SparsePart[] {
  const parts: SparsePart[] = [];
  for (let at = start; at < start + count * 24 && block[at] !== 0; at += 24)
    parts.push({ offset: parseNumberAt(block, at, 12), bytes: parseNumberAt(block, at + 12, 12) });
  return parts;
}

/** True if the block is a header, according to its checksum. */
export function isHeaderBlock(block: Buffer): boolean {
  const told = /^ *([0-7]{1,7})[\0 ]/.exec(block.toString('latin1', 148, 157))?.[1];
  return told !== undefined && Number.parseInt(told, 8) === computeChecksum(block);
}

function computeChecksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < tarBlockBytes; at++) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum;
}

/**
 * A number in octal digits, or in binary if the first byte says so. @throws {@link TarProblem} if it is
 * invalid.
 */
function parseNumberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  if (field[0] === 0x80)
    return requireSafeInteger(field.subarray(1).reduce((value, byte) => value * 256 + byte, 0));
  const text = field
    .toString('latin1')
    .replace(/\0[^]*$/, '')
    .trim();
  if (!/^[0-7]*$/.test(text)) throw createIncompleteError();
  return text === '' ? 0 : requireSafeInteger(Number.parseInt(text, 8));
}

/** @throws {@link TarProblem} if it is not a valid size. */
export function requireSafeInteger(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw createIncompleteError();
  return value;
}

/** A name, up to its first NUL. */
export const parseNameAt = (block: Buffer, at: number, length: number): string => {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decodeName(end < 0 ? field : field.subarray(0, end));
};

/** A record of a pax header. */
export type PaxRecord = readonly [key: string, value: Buffer];

/** Parses the records of a pax header, in order. A key can occur several times. @throws {@link TarProblem} */
export function parsePax(data: Buffer): readonly PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < data.length && data[at] !== 0;) {
    const blank = data.indexOf(0x20, at);
    // Without this check, an invalid record would cause an endless loop.
    if (blank < 0) throw createIncompleteError();
    const length = Number(data.toString('latin1', at, blank));
    const record = data.subarray(blank + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (!Number.isSafeInteger(length) || length <= blank - at || at + length > data.length || equals < 0)
      throw createIncompleteError();
    records.push([record.toString('latin1', 0, equals), record.subarray(equals + 1)]);
    at += length;
  }
  return records;
}
