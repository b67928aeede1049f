import { skipCodes, hasWidth } from '../../lib/terminalCodes.js';

/** A line or a piece of one, with its position in the bytes. */
export interface SplitLine {
  /**
   * Without its line terminator. Text overwritten by means of carriage returns is removed, as in a terminal.
   */
  readonly text: string;
  /** True: the line continues in the next piece. */
  readonly open?: true;
  /** Offset of its first byte, relative to the first byte pushed. */
  readonly start: number;
  /** Offset after its line terminator: reading from here returns what follows. */
  readonly end: number;
}

/** Splits a stream of bytes into lines. */
export interface LineSplitter {
  /** Returns the lines that these bytes complete. The bytes can be reused afterwards. */
  push(bytes: Uint8Array): readonly SplitLine[];
  /** The unfinished last line, as a terminal would show it; undefined if there is none. */
  partial(): string | undefined;
  /** Returns the unfinished last line as a complete line; empty if there is none. */
  end(): readonly SplitLine[];
  /** The number of bytes pushed. */
  readonly offset: number;
}

const newline = 10;
const carriageReturn = 13;

/** The approximate maximum number of bytes decoded in one call. */
const decodeBlockBytes = 65_536;

/** The complete characters of an unfinished line; undefined: there are no bytes. */
const decodePartialLine = (decoder: Utf8Decoder, bytes: Uint8Array): string | undefined =>
  bytes.length === 0
    ? undefined
    : resolveOverwrites(decoder.decode(bytes.subarray(0, countCompleteBytes(bytes))));

/**
 * Creates a splitter. It buffers at most about `maxChars` bytes (65,536 by default), regardless of the length
 * of a line and of how often a progress bar is redrawn: longer lines are split into `open` pieces. Invalid
 * UTF-8 becomes U+FFFD.
 */
export function createLineSplitter({ maxChars = 65_536 }: { readonly maxChars?: number } = {}): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let carry: Uint8Array = new Uint8Array(0);
  /** The start of the unfinished line, or of the piece that is still buffered. */
  let start = 0;
  let offset = 0;

  /** Emits the pieces of a line that is too long; returns the remainder. */
  function cut(line: Uint8Array, lineEnd: number, into: SplitLine[]): Uint8Array {
    let rest = line;
    while (rest.length > maxChars) {
      const at = findCharacterBoundary(rest, maxChars);
      const end = lineEnd - (rest.length - at);
      into.push({ text: resolveOverwrites(decoder.decode(rest.subarray(0, at))), open: true, start, end });
      start = end;
      rest = rest.subarray(at);
    }
    return rest;
  }

  /** Splits `data`, which starts at the offset `base` and ends with a line end, into lines. */
  function split(data: Uint8Array, base: number, into: SplitLine[]): void {
    for (let from = 0; from < data.length;) {
      const { texts, last, isByteEach } = decodeBlock(decoder, data, from);
      for (let index = 0; from <= last; index++) {
        const decoded = texts[index];
        const at = isByteEach && decoded !== undefined ? from + decoded.length : data.indexOf(newline, from);
        const end = base + at + 1;
        const whole = at - from > maxChars ? undefined : decoded;
        const text =
          whole ?? decoder.decode(cut(dropOverwritten(data.subarray(from, at), decoder), end - 1, into));
        into.push({ text: resolveOverwrites(text), start, end });
        start = end;
        from = at + 1;
      }
    }
  }

  function push(bytes: Uint8Array): readonly SplitLine[] {
    const lines: SplitLine[] = [];
    const first = bytes.indexOf(newline) + 1;
    const whole = bytes.lastIndexOf(newline) + 1;
    // Only the line that started earlier is joined: copying everything takes longer than splitting it.
    if (first > 0) split(concatBytes(carry, bytes.subarray(0, first)), offset - carry.length, lines);
    split(bytes.subarray(first, whole), offset + first, lines);
    offset += bytes.length;
    const open = dropOverwritten(whole > 0 ? bytes.subarray(whole) : concatBytes(carry, bytes), decoder);
    carry = new Uint8Array(cut(open, offset, lines)); // a copy, which Buffer.slice() would not create
    return lines;
  }

  function end(): readonly SplitLine[] {
    if (carry.length === 0) return [];
    const line = { text: resolveOverwrites(decoder.decode(carry)), start, end: offset };
    carry = new Uint8Array(0);
    start = offset;
    return [line];
  }

  return {
    push,
    partial: () => decodePartialLine(decoder, carry),
    end,
    get offset() {
      return offset;
    },
  };
}

type Utf8Decoder = InstanceType<typeof TextDecoder>;

/**
 * Decodes the lines from `from` to the line end at `last` in one call, which is faster. A newline is never
 * part of a longer sequence, so splitting the text yields the lines. Returns no lines if the next one is too
 * long for a block.
 */
function decodeBlock(
  decoder: Utf8Decoder,
  data: Uint8Array,
  from: number,
): { readonly texts: readonly string[]; readonly last: number; readonly isByteEach: boolean } {
  const last = data.lastIndexOf(newline, from + decodeBlockBytes);
  if (last < from) return { texts: [], last: data.indexOf(newline, from), isByteEach: false };
  const block = decoder.decode(data.subarray(from, last));
  // No sequence has more characters than bytes. If the counts match, lines end at the same offsets.
  return { texts: block.split('\n'), last, isByteEach: block.length === last - from };
}

/**
 * The visible part of a line with carriage returns: the last part that has a width, with the codes that
 * follow it, which overwrite nothing but matter to a terminal (such as the end of a color).
 */
function resolveOverwrites(text: string): string {
  if (!text.includes('\r')) return text;
  return text.slice(findLastVisible(text).at).replaceAll('\r', '');
}

/** The unfinished line without its overwritten parts. */
function dropOverwritten(line: Uint8Array, decoder: Utf8Decoder): Uint8Array {
  let at = line.lastIndexOf(carriageReturn);
  if (at < 0) return line;
  const decoded = (bytes: Uint8Array): string => decoder.decode(bytes.subarray(0, countCompleteBytes(bytes)));
  // Usually sufficient, and the rest can be long.
  if (hasWidth(decoded(line.subarray(at + 1)))) return line.subarray(at + 1);
  for (let { returns } = findLastVisible(decoded(line)); returns > 0; returns--)
    at = at === 0 ? -1 : line.lastIndexOf(carriageReturn, at - 1);
  return line.subarray(at + 1);
}

/**
 * The start of the last part between carriage returns that has a width (or of the text), and the number of
 * carriage returns after it.
 */
function findLastVisible(text: string): { readonly at: number; readonly returns: number } {
  let last = { at: 0, returns: 0 };
  for (let at = 0, returns = 0; ; returns++) {
    const drawn = skipCodes(text, at);
    if (drawn < text.length && text.charAt(drawn) !== '\r') last = { at, returns };
    const end = text.indexOf('\r', drawn);
    if (end < 0) return { at: last.at, returns: returns - last.returns };
    at = end + 1;
  }
}

/**
 * The largest cut up to `at` that is not within a UTF-8 sequence. Sequences have at most 4 bytes; otherwise
 * they are invalid.
 */
function findCharacterBoundary(bytes: Uint8Array, at: number): number {
  let cut = at;
  while (cut > at - 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return ((bytes[cut] ?? 0) & 0xc0) === 0x80 ? at : cut;
}

/** The number of bytes without an unfinished sequence at the end. */
function countCompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
