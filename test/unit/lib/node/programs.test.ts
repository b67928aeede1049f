import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import {
  findProgram,
  isProcessRunning,
  collectTail,
  getPathVariable,
} from '../../../../src/lib/node/programs.js';

describe('findProgram', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-programs-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('searches in the order of the PATH, and skips what is not executable', async () => {
    const isWindows = process.platform === 'win32';
    const file = isWindows ? 'tool.exe' : 'tool';
    const [first, second, third] = [at('1'), at('2'), at('3')];
    for (const dir of [first, second, third]) await mkdir(dir);
    await mkdir(join(first, file));
    // Windows has no executable bits.
    if (!isWindows) await writeFile(join(second, file), '', { mode: 0o644 });
    await writeFile(join(third, file), '', { mode: 0o755 });
    const path = [first, second, '', 'relative', third].join(delimiter);
    assert.equal(await findProgram('tool', path), join(third, file));
    assert.equal(await findProgram('./tool', third), undefined);
    assert.equal(await findProgram('tool', undefined), undefined);
  });
});

describe('pathIn', () => {
  it('reads the PATH by its own name', () => {
    assert.equal(getPathVariable({ PATH: '/bin' }), '/bin');
    // On Windows, its name has no fixed case.
    assert.equal(getPathVariable({ Path: '/bin' }), process.platform === 'win32' ? '/bin' : undefined);
    assert.equal(getPathVariable({}), undefined);
  });
});

describe('isProcessRunning', () => {
  it('returns true for this process and false for one that has exited', async () => {
    assert.equal(isProcessRunning(process.pid), true);
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    assert.ok(child.pid !== undefined);
    assert.equal(isProcessRunning(child.pid), false);
  });

  it('counts a process of another user only if any user is allowed', () => {
    const { kill } = process;
    process.kill = () => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    };
    try {
      assert.equal(isProcessRunning(1), true);
      assert.equal(isProcessRunning(1, 'own'), false);
    } finally {
      process.kill = kill;
    }
  });
});

describe('keepTail', () => {
  it('keeps the last characters of a stream', async () => {
    const stream = Readable.from([Buffer.from('abc'), Buffer.from('défg')], { objectMode: false });
    const tail = collectTail(stream, 4);
    await new Promise((resolve) => stream.once('end', resolve));
    assert.equal(tail(), 'défg');
  });

  it('keeps the characters from before a stream error', async () => {
    const stream = new Readable({ read: () => undefined });
    const tail = collectTail(stream);
    stream.push('said');
    await new Promise((resolve) => setImmediate(resolve));
    stream.destroy(new Error('broken'));
    await new Promise((resolve) => stream.once('close', resolve));
    assert.equal(tail(), 'said');
  });
});
