import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import { createMarkFilter } from '../../../src/remote/outputMarks.js';

const mark = 'batch-jobs-o-0123456789abcdef';

/** The text between the markers in these chunks, and the remaining output. */
async function readOf(parts: readonly string[]): Promise<{ text: string; heard: readonly string[] }> {
  const source = new PassThrough();
  const heard: string[] = [];
  const output = createMarkFilter(source, mark, {
    onStart: () => heard.push('begun'),
    onEnd: (word) => heard.push(word),
  });
  const read = buffer(output);
  for (const part of parts) {
    source.write(part);
    await sleep(0);
  }
  source.end();
  return { text: (await read).toString(), heard };
}

describe('the text between markers', () => {
  const whole = `hello${mark}\nb batch-jobs-o-\n${mark}x${mark} 17\nbye ${mark} 3\n`;
  const inner = `b batch-jobs-o-\n${mark}x`;

  it('is the same for any chunks', async () => {
    for (const size of [1, 2, 3, 7, 29, 30, 31, 1000]) {
      const parts = whole.match(new RegExp(`[^]{1,${String(size)}}`, 'g')) ?? [];
      assert.deepEqual(await readOf(parts), { text: inner, heard: ['begun', '17'] }, String(size));
    }
  });

  it('is returned immediately, except for a possible start of the end marker', async () => {
    const source = new PassThrough();
    const output = createMarkFilter(source, mark, { onStart: () => undefined, onEnd: () => undefined });
    let read = '';
    output.on('data', (part: Buffer) => (read += part.toString()));
    source.write(`${mark}\nan answer\n`);
    await sleep(5);
    assert.equal(read, 'an answer\n');
    source.write('b');
    await sleep(5);
    assert.equal(read, 'an answer\n');
    source.write('y');
    await sleep(5);
    assert.equal(read, 'an answer\nby');
    source.end('bat');
    await sleep(5);
    assert.equal(read, 'an answer\nbybat', 'the rest comes with the end');
  });

  it('is empty without the start marker, and incomplete without the end marker', async () => {
    assert.deepEqual(await readOf(['x'.repeat(200_000), `${mark} 0\n`]), { text: '', heard: [] });
    assert.deepEqual(await readOf([`${mark}\npart`]), { text: 'part', heard: ['begun'] });
  });

  it('ends with the end marker, although the source continues', async () => {
    const source = new PassThrough();
    const output = createMarkFilter(source, mark, { onStart: () => undefined, onEnd: () => undefined });
    source.write(`${mark}\na${mark} 0\n`);
    assert.equal((await buffer(output)).toString(), 'a');
    for (let n = 0; n < 20; n++) source.write('x'.repeat(100_000));
    await sleep(5);
    assert.ok(source.readableLength < 200_000, 'the text after it is read and ignored');
  });
});
