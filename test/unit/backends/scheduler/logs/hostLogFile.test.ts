import assert from 'node:assert/strict';
import { maxChunkBytes, type HostFileReader } from '../../../../../src/remote/hostFileReader.js';
import {
  createHostLogFile,
  type LogSegment,
} from '../../../../../src/backends/scheduler/logs/hostLogFile.js';
import { random } from '../../slurm/recorded.js';

/** A file that a test writes, and the maximum number of bytes per read. */
function fakeFile(): {
  text: string;
  id: string;
  isThere: boolean;
  most: number;
  readonly looker: HostFileReader;
} {
  const file = {
    text: '',
    id: '1',
    isThere: true,
    most: maxChunkBytes,
    looker: {
      read: async (_: string, offset: number, most: number) => {
        const bytes = Buffer.from(file.text);
        if (!file.isThere) return undefined;
        return {
          id: file.id,
          size: bytes.length,
          bytes: bytes.subarray(offset, offset + Math.min(most, file.most)),
        };
      },
      close: () => undefined,
    },
  };
  return file;
}

const from = { id: '', offset: 0 };
const texts = (entries: readonly LogSegment[]): readonly string[] =>
  entries.map(({ event }) => (event.kind === 'line' ? event.text : `(${event.cause})`));

describe('one file of a log', () => {
  it('returns each line once, however its bytes are split', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const below = random(seed);
      const file = fakeFile();
      const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
      const found: string[] = [];
      let written = '';
      for (let turn = 0; turn < 60; turn++) {
        const more = Array.from(
          { length: below(6) },
          () => ['a', 'bc', '\n', '', 'é', '🙂', 'line\n'][below(7)],
        ).join('');
        written += more;
        file.text = written;
        file.most = 70 + below(40);
        for (let isMore = true; isMore;) {
          const { segments: entries, hasMore: left } = await reading.read();
          found.push(...texts(entries));
          isMore = left;
        }
      }
      found.push(...texts(reading.flush()));
      assert.equal(found.join('\n'), written.replace(/\n$/, ''), `seed ${String(seed)}`);
    }
  });

  it('handles a file that was truncated and has grown longer since', async () => {
    const file = fakeFile();
    const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
    file.text = 'old 1\nold 2\n';
    await reading.read();
    file.text = 'new 1\nnew 2\nnew 3\n';
    assert.deepEqual(texts((await reading.read()).segments), ['(lost)', 'new 1', 'new 2', 'new 3']);
  });

  it('returns the rest of a line before it reports that the file was replaced', async () => {
    const file = fakeFile();
    const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
    file.text = 'old 1\nol';
    await reading.read();
    assert.equal(reading.getPartialLine(), 'ol');
    Object.assign(file, { text: 'n', id: '2' });
    const { segments: entries } = await reading.read();
    assert.deepEqual(texts(entries), ['ol', '(lost)']);
    assert.deepEqual(reading.getPosition(), { id: '2', offset: 0 });
    assert.equal(reading.getPartialLine(), 'n');
  });

  it('waits if the file is missing, and continues if the same file reappears', async () => {
    const file = fakeFile();
    file.isThere = false;
    const reading = createHostLogFile(file.looker, '/x', 'error', from, 'why');
    assert.deepEqual(await reading.read(), { segments: [], hasMore: false });
    assert.equal(await reading.seekToEnd(10), 0);
    Object.assign(file, { isThere: true, text: 'one\n' });
    const { segments: entries } = await reading.read();
    assert.deepEqual(entries, [
      { event: { kind: 'line', text: 'one', level: 'error' }, position: { id: '1', offset: 4 } },
    ]);
    file.isThere = false;
    assert.deepEqual((await reading.read()).segments, []);
    Object.assign(file, { isThere: true, text: 'one\ntwo\n' });
    assert.deepEqual(texts((await reading.read()).segments), ['two']);
  });

  it('reads no further than requested', async () => {
    const file = fakeFile();
    file.text = 'one\ntwo\nthree\n';
    const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
    assert.deepEqual(texts((await reading.read(8)).segments), ['one', 'two']);
    assert.equal((await reading.read(8)).hasMore, false);
  });

  it('seeks near an end to the start of a line, if there is one before that end', async () => {
    const file = fakeFile();
    file.text = 'one\ntwo\nthree\n';
    const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
    for (const [bytes, before, begin] of [
      [1, 14, 13],
      [6, 14, 8],
      [7, 14, 8],
      [99, 14, 0],
      [2, 8, 6],
      [4, 8, 4],
      [0, 14, 14],
    ] as const)
      assert.equal(
        await reading.seekToEnd(bytes, before),
        begin,
        `${String(bytes)} before ${String(before)}`,
      );
  });

  it('accepts no more than it requested, regardless of the response, and loses nothing', async () => {
    const file = fakeFile();
    const text = Array.from({ length: 100_000 }, (_, at) => `line ${String(at)}\n`).join('');
    const bytes = Buffer.from(text);
    const flooding: HostFileReader = {
      read: async (_, offset) => ({ id: '1', size: bytes.length, bytes: bytes.subarray(offset) }),
      close: file.looker.close,
    };
    const reading = createHostLogFile(flooding, '/x', 'output', from, 'why');
    const found: string[] = [];
    for (let more = true; more;) {
      const news = await reading.read();
      assert.ok(news.segments.length < 40_000);
      found.push(...texts(news.segments));
      ({ hasMore: more } = news);
    }
    assert.equal(`${found.join('\n')}\n`, text);
  });

  it('starts with a whole character within a line that is too long', async () => {
    const file = fakeFile();
    file.text = '€'.repeat(100_000);
    for (const bytes of [100_000, 100_001, 100_002]) {
      const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
      await reading.seekToEnd(bytes);
      await reading.read();
      assert.match(reading.getPartialLine() ?? '', /^€+$/);
    }
  });

  it('reports whether the file exists and whether it is empty', async () => {
    const file = fakeFile();
    const reading = createHostLogFile(file.looker, '/x', 'output', from, 'why');
    file.isThere = false;
    await reading.read();
    assert.equal(reading.getContent(), 'absent');
    file.isThere = true;
    await reading.read();
    assert.equal(reading.getContent(), 'empty');
    file.text = 'a';
    await reading.read();
    assert.equal(reading.getContent(), 'filled');
  });
});
