import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unpackTar } from '../../../src/bundle/unpack.js';
import { toSystemPath } from '../../../src/lib/byteNames.js';
import type { WithheldFiles } from '../../../src/core/domain/ports.js';
import { createFileDisk } from '../../../src/store/fileDisk.js';

const never = new AbortController().signal;

/**
 * Packs files with these names with GNU tar, and returns what unpacking wrote and which prompts it showed.
 */
async function unpacked(
  names: readonly string[],
  answer: boolean | undefined,
  platform: NodeJS.Platform = 'linux',
): Promise<{ readonly written: readonly string[]; readonly asked: readonly WithheldFiles[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-test-'));
  try {
    for (const name of names) {
      const path = join(folder, 'in', name);
      await mkdir(dirname(path), { recursive: true });
      await (name.includes('@link') ? symlink('a.csv', path) : writeFile(path, name));
    }
    execFileSync('tar', ['-cf', join(folder, 'r.tar'), '-C', join(folder, 'in'), '.']);
    const asked: WithheldFiles[] = [];
    const into = await createFileDisk(unpackTar, folder, platform).unpack(
      join(folder, 'r.tar'),
      never,
      (held) => {
        asked.push({ tools: [...held.tools].sort(), never: [...held.never].sort() });
        return answer === undefined
          ? Promise.reject(new DOMException('', 'AbortError'))
          : Promise.resolve(answer);
      },
    );
    const all = await readdir(into, { recursive: true, withFileTypes: true });
    const written = all
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(into.length + 1));
    return { written: written.sort(), asked };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe('unpacking a result folder', () => {
  const names = ['a.csv', 'sub/.git/config', 'sub/.git/hooks/x', '.vscode/tasks.json', '.envrc', 'sub/@link'];
  const tools = ['.envrc', '.vscode', '.vscode/tasks.json'];
  const git = ['sub/.git', 'sub/.git/config', 'sub/.git/hooks', 'sub/.git/hooks/x'];

  it('prompts once for names that programs act on, and skips them if the user chooses so', async () => {
    assert.deepEqual(await unpacked(names, false), {
      written: ['a.csv', 'sub/@link'],
      asked: [{ tools, never: git }],
    });
  });

  it('writes them if the user chooses so, but no .git folder', async () => {
    const { written } = await unpacked(names, true);
    assert.deepEqual(written, ['.envrc', '.vscode/tasks.json', 'a.csv', 'sub/@link']);
  });

  it('shows no prompt if there are none', async () => {
    assert.deepEqual(await unpacked(['a.csv', 'b/c.csv', 'x/config'], undefined), {
      written: ['a.csv', 'b/c.csv', 'x/config'],
      asked: [],
    });
  });

  it('prompts for the settings of a repository that is not named .git', async () => {
    const bare = ['data/HEAD', 'data/config', 'data/refs/x', 'data/objects/y'];
    assert.deepEqual(await unpacked(bare, false), {
      written: ['data/HEAD', 'data/objects/y', 'data/refs/x'],
      asked: [{ tools: ['data/config'], never: [] }],
    });
    assert.deepEqual((await unpacked(bare, true)).written, [...bare].sort());
  });

  it('prompts for its hooks and its settings folder too, in any form of the names', async () => {
    const hooks = ['data/Head', 'data/commondir', 'data/hooks/pre-commit', 'DATA/Config.', 'x/hooks/y'];
    assert.deepEqual(await unpacked(hooks, false), {
      written: ['data/Head', 'x/hooks/y'],
      asked: [{ tools: ['DATA/Config.', 'data/commondir', 'data/hooks/pre-commit'], never: [] }],
    });
  });

  for (const [what, name] of [
    ['of the maximum length', 'x'.repeat(255)],
    ['of the maximum length in multibyte characters', `${'é'.repeat(125)}.tar`],
    ['that is not UTF-8', 'caf\uefe9.tar'],
  ] as const)
    it(`unpacks a tar with a name ${what}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-test-'));
      try {
        await writeFile(join(folder, 'a.csv'), 'a');
        const path = join(folder, name);
        const made = execFileSync('tar', ['-c', '-C', folder, 'a.csv']);
        await writeFile(toSystemPath(path), made);
        for (let time = 0; time < 2; time++) {
          assert.equal(await createFileDisk(unpackTar, folder).isTar(path), true);
          const into = await createFileDisk(unpackTar, folder).unpack(path, never, () =>
            Promise.resolve(false),
          );
          assert.deepEqual(await readdir(toSystemPath(into)), ['a.csv']);
        }
      } finally {
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    });

  it('leaves nothing behind if the prompt is dismissed', async () => {
    await assert.rejects(unpacked(names, undefined), { name: 'AbortError' });
  });

  it('skips only what Windows cannot write', async () => {
    const { written, asked } = await unpacked(
      ['a.csv', 'T:300K.csv', 'back\\slash.txt', 'NUL'],
      false,
      'win32',
    );
    assert.deepEqual(written, ['a.csv']);
    assert.deepEqual(asked, [{ tools: [], never: ['NUL', 'T:300K.csv', 'back\\slash.txt'] }]);
  });
});
