import { decodeName } from '../lib/byteNames.js';
import { ByteSource } from './byteSource.js';
import {
  tarBlockBytes,
  createIncompleteError,
  isHeaderBlock,
  parseNameAt,
  parseHeader,
  parseMoreSparse,
  parsePax,
  requireSafeInteger,
  TarFormatError,
  type PaxRecord,
  type RawTarHeader,
  type SparsePart,
} from './tarHeader.js';

/** An entry of a tar. */
export interface ReadTarEntry {
  /** As in the tar; bytes that are not UTF-8 are encoded as in `byteNames.ts`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'special';
  readonly linkName: string;
  readonly mode: number;
  /** The stored parts of a sparse file, in order; undefined: the file is not sparse. */
  readonly sparse: { readonly parts: readonly SparsePart[]; readonly bytes: number } | undefined;
  /** The stored bytes. Bytes that are not read are skipped. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The maximum size of a header that spans several blocks, in bytes. */
const maxHeaderBytes = 4 << 20;

/** The maximum number of parts of a sparse file. */
const maxSparseParts = 1_000_000;

/**
 * Reads a tar entry by entry. Another tar can follow the end marker; other data after it is skipped.
 * tar-stream supports neither the format before ustar, nor sparse files, nor data after the end, nor names
 * that are not UTF-8.
 *
 * @throws {@link TarProblem}
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadTarEntry> {
  const source = new ByteSource(chunks);
  const globals = new Map<string, Buffer>();
  let more = new EntryMetadata(globals);
  let isOver = false;
  for (;;) {
    const block = await source.take(tarBlockBytes, isOver);
    if (!block) return;
    if (block.every((byte) => byte === 0)) {
      isOver = true;
      continue;
    }
    if (isOver && !isHeaderBlock(block)) break;
    isOver = false;
    const header = parseHeader(block);
    if (isMetadataType(header.type)) {
      more.add(header, await readData(header, source));
      continue;
    }
    const entry = await openEntry(header, more, source);
    more = new EntryMetadata(globals);
    if (!entry) continue;
    yield entry.entry;
    await source.skip(entry.left());
  }
  await source.drain();
}

const isMetadataType = (type: string): boolean => 'xXgLK'.includes(type);

async function readData({ bytes }: RawTarHeader, source: ByteSource): Promise<Buffer> {
  if (bytes > maxHeaderBytes) throw createIncompleteError();
  const data = await source.take(bytes);
  await source.skip(getPadding(bytes));
  if (!data) throw createIncompleteError();
  return data;
}

const getPadding = (bytes: number): number => (tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes;

/** The attributes of an entry from preceding blocks. */
class EntryMetadata {
  #longName: string | undefined;
  #longLink: string | undefined;
  #records: PaxRecord[] = [];

  constructor(private readonly globals: Map<string, Buffer>) {}

  add({ type }: RawTarHeader, data: Buffer): void {
    if (type === 'L') this.#longName = parseNameAt(data, 0, data.length);
    else if (type === 'K') this.#longLink = parseNameAt(data, 0, data.length);
    else if (type === 'g') for (const [key, value] of parsePax(data)) this.globals.set(key, value);
    else this.#records.push(...parsePax(data));
  }

  paxText(key: string): string | undefined {
    const value = this.#records.findLast(([its]) => its === key)?.[1] ?? this.globals.get(key);
    return value === undefined || value.length === 0 ? undefined : decodeName(value);
  }

  paxNumber(key: string): number | undefined {
    const text = this.paxText(key);
    if (text !== undefined && !/^\d+$/.test(text)) throw createIncompleteError();
    return text === undefined ? undefined : requireSafeInteger(Number(text));
  }

  name = (): string | undefined => this.paxText('GNU.sparse.name') ?? this.paxText('path') ?? this.#longName;
  linkName = (): string | undefined => this.paxText('linkpath') ?? this.#longLink;

  /**
   * The parts of a sparse file in GNU tar's formats 0.0 and 0.1; undefined if they are in its content or it
   * is not sparse.
   */
  parts(): readonly SparsePart[] | undefined {
    const map = this.paxText('GNU.sparse.map');
    if (map !== undefined) return toSparseParts(map.split(',').map(Number));
    const numbers = this.#records
      .filter(([key]) => key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
      .map(([, value]) => Number(value.toString('latin1')));
    return numbers.length > 0 || this.paxText('GNU.sparse.numblocks') !== undefined
      ? toSparseParts(numbers)
      : undefined;
  }
}

function toSparseParts(numbers: readonly number[]): readonly SparsePart[] {
  if (numbers.length % 2 !== 0 || numbers.length / 2 > maxSparseParts) throw createSparseError();
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({
    offset: numbers[2 * at] ?? -1,
    bytes: numbers[2 * at + 1] ?? -1,
  }));
}

const createSparseError = (): TarFormatError => new TarFormatError('it contains an invalid sparse file');

interface OpenTarEntry {
  readonly entry: ReadTarEntry;
  /** The number of unread bytes, including the padding of the last block. */
  readonly left: () => number;
}

/** Undefined if the entry is not unpacked; it is skipped. */
async function openEntry(
  header: RawTarHeader,
  notes: EntryMetadata,
  source: ByteSource,
): Promise<OpenTarEntry | undefined> {
  const name = notes.name() ?? header.name;
  const given = toEntryType(header.type, name);
  const hasContent = given === 'file' || given === undefined || header.type === 'D';
  const stored = hasContent ? (notes.paxNumber('size') ?? header.bytes) : 0;
  // In the oldest format, directories are files whose name ends with a slash.
  const type = given === 'file' && stored === 0 && name.endsWith('/') ? 'directory' : given;
  let left = stored;
  const sparse =
    header.type === 'S' || notes.paxText('GNU.sparse.major') !== undefined || notes.parts()
      ? await readSparse(header, notes, source, (bytes) => {
          left -= bytes;
        })
      : undefined;
  if (sparse) validateSparse(sparse, left);
  const end = getPadding(stored);
  if (type === undefined) {
    await source.skip(left + end);
    return undefined;
  }
  const content = async function* (): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const part = await source.some(left);
      if (!part) throw createIncompleteError();
      left -= part.length;
      yield part;
    }
  };
  const { mode } = header;
  const linkName = notes.linkName() ?? header.linkName;
  return {
    entry: { name, type, linkName, mode, sparse, content: content() },
    left: () => left + end,
  };
}

/** Undefined for an entry about the archive itself. @throws {@link TarProblem} for an unknown type. */
function toEntryType(type: string, name: string): ReadTarEntry['type'] | undefined {
  if ('07S'.includes(type)) return 'file';
  if ('5D'.includes(type)) return 'directory';
  if (type === '1') return 'link';
  if (type === '2') return 'symlink';
  if ('346'.includes(type)) return 'special';
  if ('VA'.includes(type)) return undefined; // the archive's label, access rights
  if (type === 'M') throw new TarFormatError(`it continues ${name} from another volume`);
  throw new TarFormatError(`${name} has an unknown type ("${type}")`);
}

type SparseContent = NonNullable<ReadTarEntry['sparse']>;

/** @param took - Called with the number of bytes of the content that were read. */
async function readSparse(
  header: RawTarHeader,
  notes: EntryMetadata,
  source: ByteSource,
  took: (bytes: number) => void,
): Promise<SparseContent> {
  if (header.type === 'S') return readOldSparse(header, source);
  const bytes = notes.paxNumber('GNU.sparse.realsize') ?? notes.paxNumber('GNU.sparse.size');
  if (bytes === undefined) throw createSparseError();
  const major = notes.paxText('GNU.sparse.major');
  if (major === undefined || major === '0') return { parts: notes.parts() ?? [], bytes };
  if (major !== '1') throw new TarFormatError(`it contains a sparse file in the unknown format ${major}`);
  return { parts: await readLeadingParts(source, took), bytes };
}

async function readOldSparse({ sparse }: RawTarHeader, source: ByteSource): Promise<SparseContent> {
  const parts = [...sparse.parts];
  for (let { hasMore } = sparse; hasMore;) {
    const block = await source.take(tarBlockBytes);
    if (!block) throw createIncompleteError();
    const more = parseMoreSparse(block);
    parts.push(...more.parts);
    if (parts.length > maxSparseParts) throw createSparseError();
    ({ hasMore } = more);
  }
  return { parts, bytes: sparse.bytes };
}

/**
 * The parts in format 1.0: decimal numbers at the start of the content, one per line, preceded by their
 * count.
 */
async function readLeadingParts(
  source: ByteSource,
  took: (bytes: number) => void,
): Promise<readonly SparsePart[]> {
  const numbers: number[] = [];
  let rest = '';
  while (numbers.length === 0 || numbers.length < 1 + 2 * (numbers[0] ?? 0)) {
    const block = await source.take(tarBlockBytes);
    if (!block) throw createIncompleteError();
    took(tarBlockBytes);
    const lines = (rest + block.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (numbers.length > 0 && numbers.length >= 1 + 2 * (numbers[0] ?? 0)) break;
      if (!/^\d+$/.test(line)) throw createSparseError();
      numbers.push(Number(line));
    }
    if ((numbers[0] ?? 0) > maxSparseParts || rest.length > 2 * tarBlockBytes) throw createSparseError();
  }
  return toSparseParts(numbers.slice(1));
}

/**
 * @throws {@link TarProblem} unless the parts are ordered, within the file, and account for all stored bytes.
 */
function validateSparse({ parts, bytes }: SparseContent, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const part of parts) {
    if (!Number.isSafeInteger(part.offset) || !Number.isSafeInteger(part.bytes)) throw createSparseError();
    if (part.offset < end || part.bytes < 0) throw createSparseError();
    end = part.offset + part.bytes;
    sum += part.bytes;
  }
  if (end > bytes || sum !== stored || stored < 0) throw createSparseError();
}
