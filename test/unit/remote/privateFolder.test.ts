import assert from 'node:assert/strict';
import { lstat, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateFolder } from '../../../src/remote/privateFolder.js';
import { inTemp } from './doubles.js';

/** The folder that is created, which is removed again. */
async function made(env: NodeJS.ProcessEnv, temp: string): Promise<string> {
  const folder = await makePrivateFolder(env, temp);
  const about = await lstat(folder);
  assert.deepEqual([about.isDirectory(), about.mode & 0o077, about.uid], [true, 0, process.getuid?.()]);
  // With the suffix that ssh adds while it creates the socket.
  assert.ok(join(folder, 'm').length + 17 <= 103, folder);
  await rm(folder, { recursive: true });
  return dirname(folder);
}

describe('a private folder for sockets', () => {
  it('is in the folder of the session if there is one', () =>
    inTemp(async (folder) => {
      const runtime = join(folder, 'run');
      await mkdir(runtime, { mode: 0o700 });
      assert.equal(await made({ XDG_RUNTIME_DIR: runtime }, folder), runtime);
    }));

  it('is in the temporary folder if the session has none that can be used', () =>
    inTemp(async (folder) => {
      for (const runtime of [undefined, '', 'relative', join(folder, 'missing'), '/proc'])
        assert.equal(await made({ XDG_RUNTIME_DIR: runtime }, folder), folder, runtime);
    }));

  it('is in /tmp if both are too long for a socket', () =>
    inTemp(async (folder) => {
      const long = join(folder, 'x'.repeat(80));
      await mkdir(long);
      assert.equal(await made({ XDG_RUNTIME_DIR: long }, long), '/tmp');
      assert.equal(await made({}, long), '/tmp');
    }));

  it('is a new one each time, and never an existing link', () =>
    inTemp(async (folder) => {
      await symlink('/etc', join(folder, 'bj-aaaaaa'));
      const [one, two] = await Promise.all([makePrivateFolder({}, folder), makePrivateFolder({}, folder)]);
      assert.notEqual(one, two);
      for (const each of [one, two]) assert.ok((await lstat(each)).isDirectory());
    }));
});
