import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../../../src/backends/local/removeTree.js';

/** A user to whom file modes apply, if the tests run as root. */
const plainUser = 65_534;

describe('removing a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'batch-jobs-removal-'));
    if (process.getuid?.() !== 0) return;
    chownSync(folder, plainUser, plainUser);
    process.seteuid?.(plainUser);
  });
  afterEach(() => {
    if (process.getuid?.() === 0) process.seteuid?.(0);
    rmSync(folder, { recursive: true, force: true });
  });

  it('removes folders that a job made inaccessible, and keeps link targets', async () => {
    const tree = join(folder, 'tree');
    const outside = join(folder, 'outside');
    for (const path of [join(tree, 'cache', 'module'), join(tree, 'closed', 'in'), outside])
      mkdirSync(path, { recursive: true });
    writeFileSync(join(tree, 'cache', 'module', 'a'), '');
    writeFileSync(join(outside, 'mine'), '');
    symlinkSync(outside, join(tree, 'cache', 'link'));
    chmodSync(outside, 0o500);
    for (const name of ['cache/module', 'cache']) chmodSync(join(tree, name), 0o500);
    chmodSync(join(tree, 'closed'), 0o000);
    await removeTree(tree);
    assert.deepEqual([existsSync(tree), existsSync(join(outside, 'mine'))], [false, true]);
    await removeTree(tree);
  });
});
