import assert from 'node:assert/strict';
import { createLineSplitter, type SplitLine } from '../../../../src/core/logs/lineSplitter.js';
import { CodeFilter, stripCodes } from '../../../../src/lib/terminalCodes.js';
import { startStopwatch } from '../../../fakes/stopwatch.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The result of pushing bytes in pieces of these sizes, repeated cyclically. */
function split(bytes: Uint8Array, sizes: readonly number[], maxChars?: number): readonly SplitLine[] {
  const splitter = createLineSplitter(maxChars === undefined ? {} : { maxChars });
  const lines: SplitLine[] = [];
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    lines.push(...splitter.push(bytes.slice(from, from + size)));
    from += size;
  }
  return [...lines, ...splitter.end()];
}

const textsOf = (lines: readonly SplitLine[]): readonly string[] => lines.map(({ text }) => text);

/** Pseudorandom numbers, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('lineSplitter', () => {
  it('returns each line with the position of its bytes', () => {
    assert.deepEqual(createLineSplitter().push(bytesOf('one\nzwölf\r\n\nrest')), [
      { text: 'one', start: 0, end: 4 },
      { text: 'zwölf', start: 4, end: 12 },
      { text: '', start: 12, end: 13 },
    ]);
  });

  it('keeps the unfinished line for the next bytes, and returns it as partial meanwhile', () => {
    const splitter = createLineSplitter();
    assert.deepEqual(splitter.push(bytesOf('one\ntw')), [{ text: 'one', start: 0, end: 4 }]);
    assert.equal(splitter.partial(), 'tw');
    assert.deepEqual(splitter.push(bytesOf('o\n')), [{ text: 'two', start: 4, end: 8 }]);
    assert.equal(splitter.partial(), undefined);
    assert.equal(splitter.offset, 8);
  });

  it('returns the unfinished line at the end, once', () => {
    const splitter = createLineSplitter();
    splitter.push(bytesOf('one\ntwo'));
    assert.deepEqual(splitter.end(), [{ text: 'two', start: 4, end: 7 }]);
    assert.deepEqual(splitter.end(), []);
  });

  it('does not retain the pushed bytes', () => {
    // The `slice` of a Buffer is not a copy, whereas that of other arrays is.
    for (const bytes of [bytesOf('abc'), Buffer.from('abc')]) {
      const splitter = createLineSplitter();
      splitter.push(bytes);
      bytes.fill(0);
      assert.deepEqual(textsOf(splitter.push(bytesOf('\n'))), ['abc']);
    }
  });

  it('returns the same lines regardless of how the bytes are split', () => {
    const next = numbers(7);
    const parts = ['a', 'ä', '€', '😀', '\n', '\r\n', '\r', 'word ', '\n\n', '\r\r', '\ufeff'];
    for (let round = 0; round < 60; round++) {
      const text = Array.from({ length: 80 }, () => parts[next(parts.length)] ?? '').join('');
      const whole = split(bytesOf(text), [10_000]);
      for (const sizes of [[1], [2], [3], [7], [1, 5, 2]])
        assert.deepEqual(split(bytesOf(text), sizes), whole, JSON.stringify(text));
    }
  });

  it('returns the same lines as splitting the whole text', () => {
    const next = numbers(11);
    const parts = ['a', 'é', '€', '😀', '\n', '\r\n', '\r', ' word', '\n\n', '\u2028', 'x'.repeat(40)];
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: next(120) }, () => parts[next(parts.length)] ?? '').join('');
      const plain = text.split('\n').map((line) => line.split('\r').findLast((part) => part !== '') ?? '');
      // Text after the last line end is a line if it is not empty.
      const expected = text.endsWith('\n') || text === '' ? plain.slice(0, -1) : plain;
      const sizes = Array.from({ length: 9 }, () => 1 + next(30));
      assert.deepEqual(textsOf(split(bytesOf(text), sizes)), expected, JSON.stringify(text));
    }
  });

  it('assigns every byte to exactly one line', () => {
    const bytes = bytesOf(`a\r\nb\rc\n\n${'x'.repeat(50)}\n${'€'.repeat(30)}`);
    for (const sizes of [[1], [9], [1000]]) {
      let at = 0;
      for (const { start, end } of split(bytes, sizes, 16)) {
        assert.equal(start, at);
        assert.ok(end >= start);
        at = end;
      }
      assert.equal(at, bytes.length);
    }
  });

  it('returns an overwritten line as a terminal would show it', () => {
    assert.deepEqual(textsOf(createLineSplitter().push(bytesOf('10%\r 20%\r 30%\nab\r\n\rcd\r\r\n\r\n'))), [
      ' 30%',
      'ab',
      'cd',
      '',
    ]);
    const splitter = createLineSplitter();
    splitter.push(bytesOf('10%\r20%\r'));
    assert.equal(splitter.partial(), '20%');
    splitter.push(bytesOf('3'));
    assert.equal(splitter.partial(), '3');
  });

  it('keeps drawn text if only codes without width follow, and keeps these for terminals', () => {
    const codes = [
      '\u001b[0m',
      '\u001b[m\u001b[K',
      '\u001b[?25h',
      '\u001b]0;t\u0007',
      '\u001b]8;;\u001b\\',
      '\u009b0m',
      '\u0007',
    ];
    for (const code of codes) {
      for (const [text, expected] of [
        [`text\r${code}\n`, `text${code}`],
        [`10%\r20%\r${code}\r\n`, `20%${code}`],
        [`10%\r${code}20%\n`, `${code}20%`],
        [`text\r${code}\r${code}\n`, `text${code}${code}`],
        [`${code}\n`, code],
      ] as const)
        for (const sizes of [[1], [2], [3], [1000]])
          assert.deepEqual(textsOf(split(bytesOf(text), sizes)), [expected], JSON.stringify([text, sizes]));
      const splitter = createLineSplitter();
      for (const byte of bytesOf(`text\r${code}`)) {
        splitter.push(new Uint8Array([byte]));
        assert.equal(stripCodes(splitter.partial() ?? ''), 'text'.slice(0, splitter.offset));
      }
      splitter.push(bytesOf('x'));
      assert.equal(stripCodes(splitter.partial() ?? ''), 'x');
    }
  });

  it('buffers little of 5 MB of codes without width after a carriage return', () => {
    const splitter = createLineSplitter();
    const chunk = bytesOf('\r\u001b[0m'.repeat(50_000));
    let text = '';
    splitter.push(bytesOf('text'));
    const elapsedMs = startStopwatch();
    const filter = new CodeFilter('plain');
    for (let turn = 0; turn < 20; turn++)
      for (const line of splitter.push(chunk)) text += filter.next(line.text, true);
    const ms = elapsedMs();
    assert.equal(text, 'text');
    assert.ok(ms < 10_000, `${ms.toFixed(0)} ms`);
  });

  it('joins a split UTF-8 sequence, and does not show a part of it', () => {
    const splitter = createLineSplitter();
    const bytes = bytesOf('a😀');
    splitter.push(bytes.subarray(0, 3));
    assert.equal(splitter.partial(), 'a');
    splitter.push(bytes.subarray(3));
    assert.equal(splitter.partial(), 'a😀');
  });

  it('replaces invalid UTF-8, including a truncated sequence at the end of a line', () => {
    const bytes = new Uint8Array([0x61, 0xff, 0x62, 0x0a, 0xe2, 0x82, 0x0a, 0x63, 0xe2, 0x82]);
    assert.deepEqual(textsOf(split(bytes, [1])), ['a\ufffdb', '\ufffd', 'c\ufffd']);
    assert.deepEqual(textsOf(split(bytes, [100])), ['a\ufffdb', '\ufffd', 'c\ufffd']);
  });

  it('splits a line that is too long into open pieces', () => {
    const text = '€😀ab'.repeat(10);
    for (const sizes of [[1], [6], [1000]]) {
      const lines = split(bytesOf(`${text}\nnext\n`), sizes, 16);
      assert.equal(lines.at(-1)?.text, 'next');
      const pieces = lines.slice(0, -1);
      assert.ok(pieces.length > 1);
      assert.equal(textsOf(pieces).join(''), text);
      assert.deepEqual(
        pieces.map(({ open }) => open),
        pieces.map((_, index) => (index < pieces.length - 1 ? true : undefined)),
      );
      for (const piece of pieces) assert.ok(piece.text.length <= 16);
    }
  });

  it('does not split lines of exactly the maximum length', () => {
    assert.deepEqual(createLineSplitter({ maxChars: 4 }).push(bytesOf('abcd\nefgh\r\n')).at(0), {
      text: 'abcd',
      start: 0,
      end: 5,
    });
  });

  it('shows only the last state of a long progress bar, in one push or in many', () => {
    const bytes = bytesOf(`${'\r 12%'.repeat(100)}\rdone\n`);
    for (const sizes of [[5], [10_000]]) assert.deepEqual(textsOf(split(bytes, sizes, 16)), ['done']);
  });

  it('finds lines of every length between long ones', () => {
    const next = numbers(3);
    const texts = Array.from({ length: 400 }, () => 'x'.repeat(next(12) === 0 ? next(60_000) : next(90)));
    const bytes = bytesOf(texts.map((text) => `${text}\n`).join(''));
    for (const sizes of [[bytes.length], [65_536], [4096]])
      assert.deepEqual(textsOf(split(bytes, sizes)), texts);
  });

  it('buffers little of 100 MB of a progress bar without a line end', () => {
    const splitter = createLineSplitter();
    const chunk = bytesOf('\r12%'.repeat(250_000));
    for (let turn = 0; turn < 100; turn++) assert.deepEqual(splitter.push(chunk), []);
    assert.equal(splitter.partial(), '12%');
    assert.deepEqual(splitter.end(), [{ text: '12%', start: 0, end: 100_000_000 }]);
  });
});
