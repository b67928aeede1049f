import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createGzipStream } from '../../../src/http/gzipStream.js';

const megabyte = 1 << 20;

describe('a gzipped file', () => {
  let temp = '';
  const file = (content: string | Buffer): string => {
    const path = join(temp, 'file');
    writeFileSync(path, content);
    return path;
  };

  beforeEach(() => {
    temp = mkdtempSync(join(tmpdir(), 'gzipped-'));
  });

  afterEach(() => rm(temp, { recursive: true, force: true, maxRetries: 5 }));

  for (const bytes of [0, 1, megabyte - 1, megabyte, megabyte + 1, 5 * megabyte + 7])
    it(`decompresses to the original, also with gzip itself (${bytes} bytes)`, async () => {
      const content = Buffer.concat([randomBytes(bytes >> 1), Buffer.alloc(bytes - (bytes >> 1), 'text ')]);
      const packed = await buffer(createGzipStream(file(content)));
      assert.ok(gunzipSync(packed).equals(content));
      const path = join(temp, 'packed.gz');
      writeFileSync(path, packed);
      const output = execFileSync('gzip', ['-dc', path], { maxBuffer: 8 * megabyte });
      assert.ok(output.equals(content));
    });

  it('is hardly larger than if compressed in one piece, and the same each time', async () => {
    const lines = Array.from({ length: 200_000 }, (_, at) => `line ${at} has ${(at * 7919) % 10_007}\n`);
    const path = file(lines.join(''));
    const packed = await buffer(createGzipStream(path));
    assert.ok(packed.length < gzipSync(lines.join('')).length * 1.01);
    assert.ok(packed.equals(await buffer(createGzipStream(path))));
  });

  it('reports progress up to the whole file', async () => {
    const told: number[] = [];
    await buffer(createGzipStream(file(Buffer.alloc(3 * megabyte + 5)), (doneBytes) => told.push(doneBytes)));
    assert.deepEqual(told, [megabyte, 2 * megabyte, 3 * megabyte, 3 * megabyte + 5]);
  });

  it('fails if reading the file fails', async () => {
    await assert.rejects(buffer(createGzipStream(join(temp, 'none'))), { code: 'ENOENT' });
    await assert.rejects(buffer(createGzipStream(temp)), { code: 'EISDIR' });
  });

  it('closes the file when the rest is not read', async () => {
    const open = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
    const before = open();
    const stream = createGzipStream(file(Buffer.alloc(20 * megabyte)));
    for await (const part of stream) {
      assert.ok(part);
      break;
    }
    for (let tries = 0; open() !== before && tries < 100; tries++) await setTimeout(10);
    assert.equal(open(), before);
  });

  it('reads no further than it is consumed', async () => {
    let done = 0;
    const stream = createGzipStream(file(randomBytes(20 * megabyte)), (doneBytes) => {
      done = doneBytes;
    });
    await new Promise((resolve) => stream.once('readable', resolve));
    await setTimeout(100);
    assert.ok(done <= 3 * megabyte, `${done} bytes handed on`);
    stream.destroy();
  });
});
