import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listDecisions, planBundle } from '../../../src/bundle/planBundle.js';
import { inTemp, makeFolder } from './folders.js';

/** Folders `d0` … each with two links to the next one; the last one contains the only file. */
function makeChain(folder: string, count: number): void {
  for (let at = 0; at < count; at++) {
    mkdirSync(join(folder, `d${String(at)}`), { recursive: true });
    for (const name of ['l', 'r']) symlinkSync(`../d${String(at + 1)}`, join(folder, `d${String(at)}`, name));
  }
  makeFolder(folder, { [`d${String(count)}/f.csv`]: 'x' });
}

describe('links that repeat files', () => {
  it('cause a warning with the number of repeated files', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'in'), 12);
      const { plan } = planBundle(join(temp, 'in'));
      const files = 2 ** 13 - 1; // of d0 to d12, each of which doubles the following ones
      assert.equal(plan.files, files);
      assert.deepEqual(plan.warnings, [
        `${String(files - 1)} of ${String(files)} files are duplicates, because links in the folder lead to them.`,
      ]);
    }));

  it('are not followed after a hundred thousand files and folders, with a warning', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'in'), 24);
      const chosen = planBundle(join(temp, 'in'));
      assert.ok(listDecisions(chosen).length < 400_000);
      assert.match(
        chosen.plan.warnings.at(-1) ?? '',
        /^\d+ links are excluded: earlier links already repeat 1\d{5} files and folders \(limit: 100000\)\.$/,
      );
      const left = listDecisions(chosen).filter(({ included }) => !included);
      assert.match(chosen.plan.warnings.at(-1) ?? '', new RegExp(`^${String(left.length)} links`));
    }));

  it('are followed within the same limit if they lead to no files', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'in'), 24);
      makeFolder(join(temp, 'in'), { '.juliabundleignore': '*.csv' });
      assert.match(planBundle(join(temp, 'in')).plan.warnings.at(-1) ?? '', /links are excluded/);
    }));

  it('are also counted outside the folder', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'elsewhere'), 8);
      mkdirSync(join(temp, 'in'));
      symlinkSync('../elsewhere', join(temp, 'in/data'));
      assert.match(
        planBundle(join(temp, 'in')).plan.warnings.at(-1) ?? '',
        /^510 of 511 files are duplicates/,
      );
    }));

  it('cause no warning if one link adds an external folder, or repeats only a few files', () =>
    inTemp((temp) => {
      makeFolder(join(temp, 'in'), { 'data/a.csv': '', 'main.jl': '', 'b.jl': '' });
      for (let at = 0; at < 200; at++) makeFolder(join(temp, 'far'), { [`f${String(at)}`]: '' });
      symlinkSync('data', join(temp, 'in/again'));
      symlinkSync('../far', join(temp, 'in/far'));
      const { warnings } = planBundle(join(temp, 'in')).plan;
      assert.deepEqual(
        warnings.filter((text) => !text.includes('links outside')),
        [],
      );
    }));
});
