import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  listDecisions,
  planBundle,
  completeBundlePlan,
  type BundlePlan,
} from '../../../src/bundle/planBundle.js';
import { inTemp, makeFolder } from './folders.js';

const included = (chosen: BundlePlan): readonly string[] =>
  listDecisions(chosen)
    .filter((choice) => choice.included)
    .map(({ path }) => path);

/** A report of Julia. */
const reportOf = (...lines: readonly (readonly string[])[]): string =>
  [...lines, ['end']]
    .map(
      ([kind = '', ...words]) =>
        `${[kind, ...words.map((word) => Buffer.from(word).toString('hex'))].join('\t')}\n`,
    )
    .join('');

/** A project that needs Julia for everything. */
const needy = (temp: string): string =>
  makeFolder(join(temp, 'app'), {
    'Project.toml': '[deps]\nA = "x"\n',
    'Artifacts.toml': '',
    'Manifest-v1.0.toml': '',
    'a.jl': 'aa',
    '.bundle/depot/kept': '',
    'zz.jl': '',
  });

const hash = '0123456789abcdef0123456789abcdef01234567';

describe("Julia's result", () => {
  it('is merged into the plan in order', () =>
    inTemp((temp) => {
      const folder = needy(temp);
      makeFolder(join(temp, 'depot'), { 'A/src/A.jl': 'a', 'A/.git/config': '', 'stuff/x': 'xx' });
      makeFolder(join(temp, 'B'), { 'Project.toml': 'name = "B"' });
      symlinkSync('x', join(temp, 'depot/stuff/link'));
      const before = planBundle(folder);
      const copy = join(temp, 'copy');
      const report = reportOf(
        ['version', '1.9.9'],
        ['manifest', '[[B]]\npath = "../B"\n'],
        ['package', 'A', 'AbCdE', join(temp, 'depot/A')],
        ['artifact', hash, join(temp, 'depot/stuff')],
      );
      const after = completeBundlePlan(before, { kind: 'done', report, folder: copy });
      assert.deepEqual(included(after), [
        `.bundle/depot/artifacts/${hash}/link`,
        `.bundle/depot/artifacts/${hash}/x`,
        '.bundle/depot/kept',
        '.bundle/depot/packages/A/AbCdE/src/A.jl',
        '.bundle/dev/B/Project.toml',
        'Artifacts.toml',
        'Manifest-v1.0.toml',
        'Manifest.toml',
        'Project.toml',
        'a.jl',
        'zz.jl',
      ]);
      assert.deepEqual(
        after.entries.map(({ path }) => path),
        included(after),
      );
      assert.equal(after.entries.find(({ path }) => path.endsWith('/link'))?.target, 'x');
      const manifest = after.entries.find(({ path }) => path === 'Manifest.toml')?.content;
      assert.equal(manifest && Buffer.from(manifest).toString(), '[[B]]\npath = ".bundle/dev/B"\n');
      assert.equal(after.manifest, 'Manifest.toml');
      assert.deepEqual(
        after.plan.added?.map(({ path, why, files }) => [path, why, files]),
        [
          [`.bundle/depot/artifacts/${hash}`, 'artifact', 2],
          ['.bundle/depot/packages/A/AbCdE', 'package', 1],
          ['.bundle/dev/B', 'dev', 1],
          ['Manifest.toml', 'resolved', 1],
        ],
      );
      assert.deepEqual(after.plan.warnings, [
        'Manifest.toml was created by Julia 1.9.9; jobs with another version may need a different one.',
      ]);
      assert.equal(after.plan.files, included(after).length);
      const bytes = after.entries.reduce((sum, entry) => sum + entry.bytes, 0);
      assert.equal(after.plan.bytes, bytes);
    }));

  it('leaves the rest of the plan unchanged, even if files have changed', () =>
    inTemp((temp) => {
      const folder = needy(temp);
      const before = planBundle(folder);
      writeFileSync(join(folder, 'new.jl'), '');
      writeFileSync(join(folder, 'a.jl'), 'changed');
      const after = completeBundlePlan(before, { kind: 'done', report: reportOf(), folder });
      assert.deepEqual(after.entries, before.entries);
    }));

  it('respects the rules of the folder, with warnings about excluded files', () =>
    inTemp((temp) => {
      const folder = needy(temp);
      writeFileSync(join(folder, '.juliabundleignore'), '.bundle/depot/*');
      makeFolder(join(temp, 'A'), { x: '' });
      const report = reportOf(['package', 'A', 'AbCdE', join(temp, 'A')]);
      const { plan } = completeBundlePlan(planBundle(folder), { kind: 'done', report, folder });
      assert.equal(plan.added, undefined);
      assert.deepEqual(plan.warnings, [
        '".bundle/depot/*" (.juliabundleignore:1) excludes required files: A. ' +
          'Add the lines !.bundle/ and !.bundle/* at the end of .juliabundleignore.',
      ]);
    }));

  it('causes a warning for each missing item', () =>
    inTemp((temp) => {
      const report = reportOf(
        ['unresolved', 'no versions left'],
        ['noPackage', 'B', 'no network'],
        ['noPackage', 'C', ''],
        ['noArtifact', 'stuff', '/a/Artifacts.toml', 'not found'],
      );
      const { plan } = completeBundlePlan(planBundle(needy(temp)), { kind: 'done', report, folder: temp });
      assert.deepEqual(plan.warnings, [
        'There is no manifest, and the job must resolve package versions, because Julia could not create one (no versions left).',
        'B is not included: it is not installed on this machine (no network). The job must get it from its source.',
        'C is not included: it is not installed on this machine. The job must get it from its source.',
        'The artifact stuff of /a/Artifacts.toml is not included: not found',
      ]);
    }));

  it('is ignored if it cannot come from the collect script', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'A'), { x: '' });
      mkdirSync(join(temp, 'none'));
      const before = planBundle(needy(temp));
      const report = reportOf(
        ['package', '..', '..', folder],
        ['package', 'A/..', 'x', folder],
        ['package', 'A', 'x', 'A'],
        ['package', 'A', 'x', join(temp, 'gone')],
        ['artifact', '../up', folder],
        ['artifact', hash, 'relative'],
        ['other', 'x'],
      );
      const after = completeBundlePlan(before, { kind: 'done', report, folder: temp });
      assert.deepEqual([after.entries, after.plan.warnings], [before.entries, []]);
    }));
});

describe('a bundle without a result of Julia', () => {
  const folderWith = (temp: string): string => {
    const folder = makeFolder(join(temp, 'app'), {
      'Project.toml': '[deps]\nB = "x"\n',
      'Artifacts.toml': '',
      'Manifest.toml': '[[B]]\nrepo-url = "https://example.org/B"\n',
    });
    return folder;
  };

  const cases = [
    [{ kind: 'absent' }, 'Julia was not found on this machine'],
    [{ kind: 'failed', why: 'timed out after 10 min' }, 'Julia failed: timed out after 10 min'],
    [{ kind: 'done', report: 'version\t31\n', folder: '/' }, 'Julia exited unexpectedly'],
  ] as const;
  for (const [outcome, why] of cases)
    it(`contains the folder, with a warning for each missing item: ${why}`, () =>
      inTemp((temp) => {
        const folder = folderWith(temp);
        const before = planBundle(folder);
        const after = completeBundlePlan(before, outcome);
        assert.deepEqual(after.entries, before.entries);
        assert.deepEqual(after.plan.warnings, [
          `B is not included because ${why}. The job must get it from https://example.org/B.`,
          `The artifacts of ${join(folder, 'Artifacts.toml')} are not included because ${why}. The job must download them.`,
        ]);
        assert.match(
          completeBundlePlan(planBundle(needy(join(temp, 'other'))), outcome).plan.warnings[0] ?? '',
          new RegExp(`^There is no manifest, and the job must resolve package versions, because ${why}\\.$`),
        );
      }));

  it('is unchanged if nothing was needed', () =>
    inTemp((temp) => {
      const chosen = planBundle(makeFolder(temp, { 'Project.toml': '' }));
      assert.equal(completeBundlePlan(chosen, { kind: 'absent' }), chosen);
    }));
});
