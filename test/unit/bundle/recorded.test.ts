import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { writeTar } from '../../../src/bundle/archive.js';
import { planBundle } from '../../../src/bundle/planBundle.js';
import { inTemp, makeTree, readTar, readTarFile, type Packed, type Tree } from './folders.js';

interface Recorded {
  readonly tree: Tree;
  readonly firstCaseEntries: readonly Pick<Packed, 'path' | 'type' | 'mode' | 'size'>[];
  readonly cases: readonly {
    readonly name: string;
    readonly ignore: string | null;
    readonly subIgnore: string | null;
    readonly excluded: readonly string[];
    readonly unexpected: readonly string[];
  }[];
  readonly tarGzBase64: string;
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/juliahub-bundler-cases.json'), 'utf8'),
) as Recorded;

/** Bundles the recorded tree with these ignore files. */
async function bundle(
  temp: string,
  ignore: string | null,
  subIgnore: string | null,
): Promise<readonly Packed[]> {
  const folder = makeTree(join(temp, 'app'), recorded.tree);
  if (ignore !== null) writeFileSync(join(folder, '.juliabundleignore'), ignore);
  if (subIgnore !== null) writeFileSync(join(folder, 'sub/.juliabundleignore'), subIgnore);
  const { entries } = planBundle(folder);
  const to = join(temp, 'bundle.tar');
  await writeTar({ folder, root: basename(folder), entries, to }, () => undefined);
  return readTarFile(to);
}

/** The order of a tar: folder by folder, names by their bytes. */
const inOrder = (paths: readonly string[]): readonly string[] =>
  [...paths].sort((a, b) =>
    Buffer.compare(Buffer.from(a.replaceAll('/', '\0')), Buffer.from(b.replaceAll('/', '\0'))),
  );

describe('the bundle, compared with the bundler of JuliaHub', () => {
  it('has the same entries with the same contents in the same order', () =>
    inTemp(async (temp) => {
      const theirs = await readTar(gunzipSync(Buffer.from(recorded.tarGzBase64, 'base64')));
      assert.deepEqual(await bundle(temp, null, null), theirs);
    }));

  it('has the recorded entries', () =>
    inTemp(async (temp) => {
      const ours = await bundle(temp, null, null);
      assert.deepEqual(
        ours.map(({ path, type, mode, size }) => ({ path, type, mode, size })),
        recorded.firstCaseEntries,
      );
    }));

  for (const { name, ignore, subIgnore, excluded, unexpected } of recorded.cases) {
    it(`excludes the same paths with ${JSON.stringify(ignore)} and in sub ${JSON.stringify(subIgnore)} (${name})`, () =>
      inTemp(async (temp) => {
        const all = recorded.firstCaseEntries.map(({ path }) => path);
        const expected = [...all.filter((path) => !excluded.includes(path)), ...unexpected];
        const ours = await bundle(temp, ignore, subIgnore);
        assert.deepEqual(
          ours.map(({ path }) => path),
          inOrder(expected),
        );
      }));
  }
});
