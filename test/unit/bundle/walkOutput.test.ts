import assert from 'node:assert/strict';
import { createOverlay } from '../../../src/bundle/overlay.js';
import { addFile, addExcluded } from '../../../src/bundle/walkOutput.js';
import { emptyOutput, placeAt } from './walkPlaces.js';

const rule = { text: '*.log', line: 3, excludes: true } as const;

describe('the output of a walk', () => {
  it('groups plain files of one directory, and starts a new group for each directory', () => {
    const walk = emptyOutput('/p');
    addFile('a', placeAt('/p'), walk);
    addFile('b', placeAt('/p'), walk);
    addFile('c', placeAt('/p/sub', { path: 'sub/' }), walk);
    addFile('d', placeAt('/p'), walk);
    assert.deepEqual(walk.paths, [
      { folder: '', names: ['a', 'b'] },
      { folder: 'sub/', names: ['c'] },
      { folder: '', names: ['d'] },
    ]);
  });

  it('contains the source of a file if the path in the bundle does not imply it', () => {
    const walk = emptyOutput('/p');
    addFile('a', placeAt('/other', { path: '.bundle/', isElsewhere: true }), walk);
    const [entry] = walk.paths;
    assert.ok(entry && 'path' in entry && 'source' in entry);
    assert.equal(entry.path, '.bundle/a');
    assert.match(entry.source ?? '', /^[/\\]other[/\\]a$/);
  });

  it('counts files that links repeat', () => {
    const walk = emptyOutput('/p');
    addFile('a', placeAt('/p', { isRepeated: true }), walk);
    addFile('b', placeAt('/p'), walk);
    assert.equal(walk.repeats.files, 1);
  });

  it('contains the rule that excludes an item, and none for items that are always excluded', () => {
    const walk = emptyOutput('/p');
    const rules = { file: '.juliabundleignore' } as unknown as NonNullable<
      ReturnType<typeof placeAt>['rules']
    >;
    addExcluded({ name: 'x.log', path: 'x.log', isDirectory: false }, rule, placeAt('/p', { rules }), walk);
    addExcluded({ name: '.git', path: '.git', isDirectory: true }, 'itself', placeAt('/p', { rules }), walk);
    assert.deepEqual(walk.paths, [
      {
        path: 'x.log',
        type: 'file',
        bytes: 0,
        included: false,
        rule: '*.log',
        ruleFile: '.juliabundleignore',
        ruleLine: 3,
      },
      { path: '.git', type: 'directory', bytes: 0, included: false },
    ]);
  });

  it('drops an overlay whose path a rule excludes, but not at a path that is always excluded', () => {
    const grafts = createOverlay(new Map([['data', { kind: 'file', content: new Uint8Array(1) }]]));
    const item = { name: 'data', path: 'data', isDirectory: false };
    const byRule = emptyOutput('/p');
    addExcluded(item, rule, placeAt('/p', { grafts }), byRule);
    assert.deepEqual(
      byRule.excludedAdditions.map(({ path }) => path),
      ['data'],
    );
    const byItself = emptyOutput('/p');
    addExcluded(item, 'itself', placeAt('/p', { grafts }), byItself);
    assert.deepEqual(byItself.excludedAdditions, []);
  });
});
