import { afterCodes, hasWidth } from '../../lib/terminalCodes.js';

/** A line, or a piece of one, with its place among the bytes that were pushed. */
export interface SplitLine {
  /** Without its line end; a line that was drawn over by carriage returns is as a terminal would show it in the end. */
  readonly text: string;
  /** True: the same line goes on in the next piece. */
  readonly open?: true;
  /** Offset of its first byte, counted from the first byte pushed. */
  readonly start: number;
  /** Offset after its line end: reading on from here gives what follows. */
  readonly end: number;
}

/** Cuts bytes into lines as they come. */
export interface LineSplitter {
  /** The lines that these bytes complete. The bytes may be reused afterwards. */
  push(bytes: Uint8Array): readonly SplitLine[];
  /** The unfinished last line as a terminal would show it; undefined: there is none. */
  partial(): string | undefined;
  /** The unfinished last line as a line; empty where there is none. */
  end(): readonly SplitLine[];
  /** How many bytes were pushed. */
  readonly offset: number;
}

const newline = 10;
const carriageReturn = 13;

/** Lines are decoded together up to about this many bytes. */
const blockBytes = 65_536;

/**
 * Makes a splitter. It holds at most about `maxChars` bytes (64 Ki by default) however long a line is and however often a
 * progress bar is drawn again: longer lines come in `open` pieces. Bytes that are no UTF-8 become U+FFFD.
 */
export function lineSplitter({ maxChars = 65_536 }: { readonly maxChars?: number } = {}): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let carry: Uint8Array = new Uint8Array(0);
  /** Where the unfinished line, or the piece of it that is still held, began. */
  let start = 0;
  let offset = 0;

  /** Moves the unfinished line on by the pieces it is too long for. */
  function cut(line: Uint8Array, lineEnd: number, into: SplitLine[]): Uint8Array {
    let rest = line;
    while (rest.length > maxChars) {
      const at = boundary(rest, maxChars);
      const end = lineEnd - (rest.length - at);
      into.push({ text: overdrawn(decoder.decode(rest.subarray(0, at))), open: true, start, end });
      start = end;
      rest = rest.subarray(at);
    }
    return rest;
  }

  /** Cuts `data`, which begins at the offset `base` and ends with a line end, into its lines. */
  function split(data: Uint8Array, base: number, into: SplitLine[]): void {
    for (let from = 0; from < data.length;) {
      const { texts, last, isByteEach } = decodedBlock(decoder, data, from);
      for (let index = 0; from <= last; index++) {
        const decoded = texts[index];
        const at = isByteEach && decoded !== undefined ? from + decoded.length : data.indexOf(newline, from);
        const end = base + at + 1;
        const whole = at - from > maxChars ? undefined : decoded;
        const text = whole ?? decoder.decode(cut(undrawn(data.subarray(from, at), decoder), end - 1, into));
        into.push({ text: overdrawn(text), start, end });
        start = end;
        from = at + 1;
      }
    }
  }

  function push(bytes: Uint8Array): readonly SplitLine[] {
    const lines: SplitLine[] = [];
    const first = bytes.indexOf(newline) + 1;
    const whole = bytes.lastIndexOf(newline) + 1;
    // Only the line that began before is put together: a copy of all takes longer than their lines.
    if (first > 0) split(joined(carry, bytes.subarray(0, first)), offset - carry.length, lines);
    split(bytes.subarray(first, whole), offset + first, lines);
    offset += bytes.length;
    const open = undrawn(whole > 0 ? bytes.subarray(whole) : joined(carry, bytes), decoder);
    carry = new Uint8Array(cut(open, offset, lines)); // a copy, which Buffer.slice() would not be
    return lines;
  }

  function end(): readonly SplitLine[] {
    if (carry.length === 0) return [];
    const line = { text: overdrawn(decoder.decode(carry)), start, end: offset };
    carry = new Uint8Array(0);
    start = offset;
    return [line];
  }

  return {
    push,
    partial: () =>
      carry.length === 0 ? undefined : overdrawn(decoder.decode(carry.subarray(0, complete(carry)))),
    end,
    get offset() {
      return offset;
    },
  };
}

type Decoder = InstanceType<typeof TextDecoder>;

/**
 * The lines from `from` to the line end at `last`, decoded at once, which is faster: a newline is never part of a longer
 * sequence, so the parts are those of the lines. No lines where the next one is too long to be in a block.
 */
function decodedBlock(
  decoder: Decoder,
  data: Uint8Array,
  from: number,
): { readonly texts: readonly string[]; readonly last: number; readonly isByteEach: boolean } {
  const last = data.lastIndexOf(newline, from + blockBytes);
  if (last < from) return { texts: [], last: data.indexOf(newline, from), isByteEach: false };
  const block = decoder.decode(data.subarray(from, last));
  // No sequence makes more characters than it has bytes, so none here has made fewer: lines end at the same places.
  return { texts: block.split('\n'), last, isByteEach: block.length === last - from };
}

/**
 * What stays on screen of a line with carriage returns: the last that has a width, and the codes after it, which draw
 * over nothing, but a terminal needs them (such as the end of a color).
 */
function overdrawn(text: string): string {
  if (!text.includes('\r')) return text;
  return text.slice(lastDrawn(text).at).replaceAll('\r', '');
}

/** The unfinished line without what has been drawn over for good. */
function undrawn(line: Uint8Array, decoder: Decoder): Uint8Array {
  let at = line.lastIndexOf(carriageReturn);
  if (at < 0) return line;
  const decoded = (bytes: Uint8Array): string => decoder.decode(bytes.subarray(0, complete(bytes)));
  // Mostly this is enough, and the rest may be long.
  if (hasWidth(decoded(line.subarray(at + 1)))) return line.subarray(at + 1);
  for (let { returns } = lastDrawn(decoded(line)); returns > 0; returns--)
    at = at === 0 ? -1 : line.lastIndexOf(carriageReturn, at - 1);
  return line.subarray(at + 1);
}

/** Where the last part between carriage returns begins that has a width, or the text; and how many of them follow it. */
function lastDrawn(text: string): { readonly at: number; readonly returns: number } {
  let last = { at: 0, returns: 0 };
  for (let at = 0, returns = 0; ; returns++) {
    const drawn = afterCodes(text, at);
    if (drawn < text.length && text.charAt(drawn) !== '\r') last = { at, returns };
    const end = text.indexOf('\r', drawn);
    if (end < 0) return { at: last.at, returns: returns - last.returns };
    at = end + 1;
  }
}

/** The largest cut up to `at` that is not within a UTF-8 sequence; sequences are at most 4 bytes, else they are none. */
function boundary(bytes: Uint8Array, at: number): number {
  let cut = at;
  while (cut > at - 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return ((bytes[cut] ?? 0) & 0xc0) === 0x80 ? at : cut;
}

/** How many of these bytes are left when an unfinished sequence at the end is taken off. */
function complete(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
