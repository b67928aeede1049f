import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { isInside, isWithin } from '../../../../src/lib/node/paths.js';

describe('a path in a folder', () => {
  const cases: readonly (readonly [path: string, inside: boolean, within: boolean])[] = [
    ['/a/b', false, true],
    ['/a/b/c', true, true],
    ['/a/b/..c/d', true, true],
    ['/a/bc', false, false],
    ['/a', false, false],
    ['/', false, false],
    ['/x/b', false, false],
  ];
  for (const [path, inside, within] of cases)
    it(`is recognized by segments, not by characters: ${path} in /a/b`, () => {
      const [there, folder] = [resolve(path), resolve('/a/b')];
      assert.deepEqual([isInside(there, folder), isWithin(there, folder)], [inside, within]);
    });

  it('is recognized at the root of the file system too', () => {
    assert.equal(isInside(resolve('/a'), resolve('/')), true);
  });
});
