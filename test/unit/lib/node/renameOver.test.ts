import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renameOver, type RenameDeps } from '../../../../src/lib/node/renameOver.js';

/** A system that rejects this many calls, and its calls. */
function refusing(platform: NodeJS.Platform, times: number, code = 'EPERM') {
  const asked = { renames: 0, waitedMs: 0 };
  const deps: RenameDeps = {
    platform,
    rename: async () => {
      asked.renames++;
      if (asked.renames <= times) throw Object.assign(new Error(`${code}: refused`), { code });
    },
    sleep: async (ms) => {
      asked.waitedMs += ms;
    },
  };
  return { asked, deps };
}

describe('renameOver', () => {
  for (const code of ['EPERM', 'EACCES', 'EBUSY'])
    it(`retries on Windows while the error is ${code}`, async () => {
      const { asked, deps } = refusing('win32', 3, code);
      await renameOver('a', 'b', deps);
      assert.deepEqual(asked, { renames: 4, waitedMs: 60 });
    });

  it("gives up on Windows after two seconds, with the system's error", async () => {
    const { asked, deps } = refusing('win32', Infinity);
    await assert.rejects(renameOver('a', 'b', deps), { code: 'EPERM' });
    assert.deepEqual(asked, { renames: 20, waitedMs: 1900 });
  });

  it('fails immediately for any other error, and on other systems', async () => {
    for (const { asked, deps } of [
      refusing('win32', 1, 'ENOENT'),
      refusing('linux', 1),
      refusing('darwin', 1),
    ]) {
      await assert.rejects(renameOver('a', 'b', deps));
      assert.equal(asked.renames, 1);
    }
  });

  it('replaces a file that is open for a moment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rename-over-'));
    try {
      const [from, to] = [join(folder, 'new'), join(folder, 'old')];
      await writeFile(from, 'new');
      await writeFile(to, 'old');
      const reader = await open(to);
      const renamed = renameOver(from, to);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await reader.close();
      await renamed;
      assert.equal(await readFile(to, 'utf8'), 'new');
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
