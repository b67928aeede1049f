import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { choicesOf, choose } from '../../../src/bundle/choose.js';
import { inTemp, makeFolder } from './folders.js';

/** Folders `d0` … of which each has two links to the next; the last one has the only file. */
function makeChain(folder: string, count: number): void {
  for (let at = 0; at < count; at++) {
    mkdirSync(join(folder, `d${String(at)}`), { recursive: true });
    for (const name of ['l', 'r']) symlinkSync(`../d${String(at + 1)}`, join(folder, `d${String(at)}`, name));
  }
  makeFolder(folder, { [`d${String(count)}/f.csv`]: 'x' });
}

describe('links that lead to the same files again and again', () => {
  it('are warned about with the number of files they make', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'in'), 12);
      const { plan } = choose(join(temp, 'in'));
      const files = 2 ** 13 - 1; // of d0 to d12, each doubles those after it
      assert.equal(plan.files, files);
      assert.deepEqual(plan.warnings, [
        `${String(files - 1)} of ${String(files)} files are duplicates, because links in the folder lead to them.`,
      ]);
    }));

  it('are followed no more after a hundred thousand files and folders, and that is said', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'in'), 24);
      const chosen = choose(join(temp, 'in'));
      assert.ok(choicesOf(chosen).length < 400_000);
      assert.match(
        chosen.plan.warnings.at(-1) ?? '',
        /^\d+ links are excluded: earlier links already repeat 1\d{5} files and folders \(limit: 100000\)\.$/,
      );
      const left = choicesOf(chosen).filter(({ included }) => !included);
      assert.match(chosen.plan.warnings.at(-1) ?? '', new RegExp(`^${String(left.length)} links`));
    }));

  it('are followed where no file is at their end, no longer than others', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'in'), 24);
      makeFolder(join(temp, 'in'), { '.juliabundleignore': '*.csv' });
      assert.match(choose(join(temp, 'in')).plan.warnings.at(-1) ?? '', /links are excluded/);
    }));

  it('are counted too where they all lie in a folder elsewhere', () =>
    inTemp((temp) => {
      makeChain(join(temp, 'elsewhere'), 8);
      mkdirSync(join(temp, 'in'));
      symlinkSync('../elsewhere', join(temp, 'in/data'));
      assert.match(choose(join(temp, 'in')).plan.warnings.at(-1) ?? '', /^510 of 511 files are duplicates/);
    }));

  it('are nothing to speak of where one link brings a folder from elsewhere, or a few files again', () =>
    inTemp((temp) => {
      makeFolder(join(temp, 'in'), { 'data/a.csv': '', 'main.jl': '', 'b.jl': '' });
      for (let at = 0; at < 200; at++) makeFolder(join(temp, 'far'), { [`f${String(at)}`]: '' });
      symlinkSync('data', join(temp, 'in/again'));
      symlinkSync('../far', join(temp, 'in/far'));
      const { warnings } = choose(join(temp, 'in')).plan;
      assert.deepEqual(
        warnings.filter((text) => !text.includes('links outside')),
        [],
      );
    }));
});
