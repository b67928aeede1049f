import assert from 'node:assert/strict';
import { createLineTail, findLineStart, type RangeReader } from '../../../../src/core/logs/lineTail.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const readerOf =
  (text: string): RangeReader =>
  (at, most) =>
    Promise.resolve(bytes(text).subarray(at, at + most));

describe('createLineTail', () => {
  it('counts positions from the start of reading', () => {
    const tail = createLineTail(100);
    const [line] = tail.push(bytes('one\ntw'));
    assert.deepEqual([line?.text, tail.base() + (line?.end ?? 0), tail.position()], ['one', 104, 106]);
    assert.equal(tail.partial(), 'tw');
    assert.deepEqual(
      tail.takeRest().map(({ text }) => text),
      ['tw'],
    );
  });

  it('starts over when it continues at another position', () => {
    const tail = createLineTail(0);
    tail.push(bytes('one\ntw'));
    tail.moveTo(50);
    assert.deepEqual([tail.position(), tail.partial(), tail.getComparableBytes()], [50, undefined, 0]);
  });

  it('detects changed bytes before its position, also if the buffer is reused', () => {
    const tail = createLineTail(0);
    const block = bytes(`${'x'.repeat(100)}old\n`);
    tail.push(block);
    tail.push(bytes('more\n'));
    block.fill(0);
    assert.equal(tail.getComparableBytes(), 64);
    assert.equal(tail.isSame(bytes(`${'x'.repeat(55)}old\nmore\n`)), true);
    assert.equal(tail.isSame(bytes(`${'x'.repeat(55)}new\nmore\n`)), false);
    // Fewer bytes may be available.
    assert.equal(tail.isSame(bytes('xxx')), true);
  });
});

describe('findLineStart', () => {
  it('returns the next line that starts before the end', async () => {
    assert.equal(await findLineStart(readerOf('one\ntwo\nthree\n'), 5, 14), 8);
    assert.equal(await findLineStart(readerOf('one\ntwo\nthree\n'), 4, 14), 4);
    assert.equal(await findLineStart(readerOf('one\ntwo\nthree\n'), 0, 14), 0);
  });

  it('finds the start after a line of any length', async () => {
    const text = `a\n${'x'.repeat(200_000)}\nlast\n`;
    assert.equal(await findLineStart(readerOf(text), 10, text.length), 200_003);
  });

  it('returns the start of a character if no line starts', async () => {
    // The second byte of a two-byte sequence.
    assert.equal(await findLineStart(readerOf('aé\u00e9b'), 2, 6), 3);
  });
});
