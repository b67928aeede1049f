import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listFolder } from '../../../src/bundle/listFolder.js';
import { inspectItem } from '../../../src/bundle/walkItem.js';
import { addLink, followLink } from '../../../src/bundle/walkLinks.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { inTemp, makeFolder } from './folders.js';
import { emptyOutput, placeAt } from './walkPlaces.js';

describe('an item of a directory', () => {
  /** Inspects the named item of a folder. */
  const inspect = (folder: string, name: string) => {
    const item = listFolder(folder).find((one) => one.name === name);
    assert.ok(item);
    return inspectItem(item, placeAt(folder));
  };

  it('is a directory, or the target of its link', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'p'), { 'sub/a': '1', file: '2' });
      symlinkSync('sub', join(folder, 'toSub'));
      symlinkSync('file', join(folder, 'toFile'));
      symlinkSync('none', join(folder, 'toNothing'));
      const kinds = ['sub', 'toSub', 'toFile', 'toNothing'].map((name) => {
        const item = inspect(folder, name);
        return [item?.kind, item?.isLink];
      });
      assert.deepEqual(kinds, [
        ['directory', false],
        ['directory', true],
        ['file', true],
        ['nothing', true],
      ]);
    }));

  it('is skipped if it was deleted after its directory was listed', () => {
    const gone = { name: 'x', isFile: () => false, isDirectory: () => false, isSymbolicLink: () => false };
    assert.equal(inspectItem(gone, placeAt('/nowhere')), undefined);
  });

  it('stores why it could not be read, which is irrelevant if a rule excludes it', () => {
    const odd = { name: 'x\0', isFile: () => false, isDirectory: () => false, isSymbolicLink: () => true };
    const item = inspectItem(odd, placeAt('/nowhere'));
    assert.ok(item?.failure instanceof JobError);
    assert.equal(item.failure.problem.kind, 'unreadable');
  });
});

describe('a followed link', () => {
  it('is added to the previous links, without a warning inside the folder', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'p'), { 'sub/a': '1' });
      symlinkSync('sub', join(folder, 'link'));
      const walk = emptyOutput(folder);
      assert.deepEqual(followLink('link', placeAt(folder), walk), [
        { from: folder, to: join(folder, 'sub') },
      ]);
      assert.deepEqual(walk.warnings, []);
    }));

  it('causes a warning if it leads out of the folder, unless a previous link already does', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'p'), { a: '1' });
      const out = makeFolder(join(temp, 'out'), { 'deep/b': '2' });
      symlinkSync(out, join(folder, 'link'));
      const walk = emptyOutput(folder);
      const links = followLink('link', placeAt(folder), walk);
      assert.deepEqual(walk.warnings, [`link links outside the folder; its target is included: ${out}`]);
      symlinkSync(join(out, 'deep'), join(out, 'again'));
      followLink('link/again', placeAt(out, { path: 'link/', links: links ?? [] }), walk);
      assert.equal(walk.warnings.length, 1);
    }));

  it('is not followed if it leads to a directory that contains it', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'p'), { 'sub/a': '1' });
      symlinkSync('..', join(folder, 'sub', 'up'));
      const place = placeAt(join(folder, 'sub'), { path: 'sub/' });
      assert.equal(followLink('sub/up', place, emptyOutput(folder)), undefined);
    }));
});

describe('a link of a copied directory', () => {
  it('remains a link if its target is in that directory', () =>
    inTemp((temp) => {
      const copied = makeFolder(join(temp, 'dev'), { 'a.jl': '1' });
      symlinkSync('a.jl', join(copied, 'b.jl'));
      const walk = emptyOutput(join(temp, 'p'));
      const place = placeAt(copied, { path: 'dev/', copied, isElsewhere: true });
      assert.equal(addLink('dev/b.jl', place, walk), true);
      assert.deepEqual(
        walk.paths.map((found) => ('target' in found ? found.target : undefined)),
        ['a.jl'],
      );
    }));

  it('is followed if it leads out, or is not in a copied directory', () =>
    inTemp((temp) => {
      const copied = makeFolder(join(temp, 'dev'), { 'a.jl': '1' });
      makeFolder(join(temp, 'out'), { x: '1' });
      symlinkSync('../out/x', join(copied, 'x'));
      const walk = emptyOutput(join(temp, 'p'));
      assert.equal(addLink('dev/x', placeAt(copied, { path: 'dev/', copied }), walk), false);
      assert.equal(addLink('x', placeAt(copied), walk), false);
      assert.deepEqual(walk.paths, []);
    }));
});
