import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, wholeFiles, type Group, type Result } from '../../windows/verdict.mjs';

const file = 'test/unit/a.test.ts';
const result = (title: string, state: Result['state'], why?: string): Result => ({
  file,
  title,
  state,
  ...(why === undefined ? {} : { why }),
});
/** The reporter's entries for a started test. */
const ran = (title: string, state: Result['state'], why?: string): readonly Result[] => [
  result(title, 'known'),
  result(title, state, why),
];
const list: readonly Group[] = [
  { system: 'windows', why: 'Windows cannot', tests: { [file]: ['no modes'] } },
  { system: 'wine', why: 'Wine cannot', tests: { [file]: ['no links'] } },
];
const titles = (found: readonly { title: string }[]): readonly string[] => found.map(({ title }) => title);

describe('the list of what Windows cannot do', () => {
  it('names files of tests that exist', () => {
    const root = join(import.meta.dirname, '../../..');
    // SAFETY: the file is ours.
    const groups = JSON.parse(
      readFileSync(join(root, 'test/windows/unsupported.json'), 'utf8'),
    ) as readonly Group[];
    const files = groups.flatMap(({ tests }) => Object.keys(tests));
    assert.deepEqual(
      files.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});

describe('the verdict on the Windows tests', () => {
  it('is a failure for each unlisted test that failed or never ran', () => {
    const results = [...ran('good', 'passed'), ...ran('bad', 'failed', 'oh'), result('left', 'known')];
    const { passed, failed, leftOut } = judge([], results, { system: 'wine', files: [file] });
    assert.equal(passed, 1);
    assert.deepEqual(failed, [
      { file, title: 'bad', why: 'oh' },
      { file, title: 'left', why: 'it never ran' },
    ]);
    assert.deepEqual(leftOut, []);
  });

  it('names skipped tests with the reason in the list', () => {
    const results = [...ran('no modes', 'failed'), result('no links', 'known')];
    const verdict = judge(list, results, { system: 'wine', files: [file] });
    assert.deepEqual(verdict.failed, []);
    assert.deepEqual(verdict.leftOut, [
      { file, title: 'no modes', why: 'Windows cannot' },
      { file, title: 'no links', why: 'Wine cannot' },
    ]);
  });

  it('does not excuse on Windows what only Wine cannot do', () => {
    const results = [...ran('no modes', 'failed'), ...ran('no links', 'failed')];
    const verdict = judge(list, results, { system: 'windows', files: [file] });
    assert.deepEqual(titles(verdict.failed), ['no links']);
  });

  it('is a failure for each entry whose test passes, does not exist, or is listed twice', () => {
    const twice: readonly Group[] = [
      ...list,
      { system: 'wine', why: 'again', tests: { [file]: ['no links'] } },
    ];
    const results = [...ran('no modes', 'passed'), ...ran('no links', 'failed')];
    const { outdated } = judge(twice, results, { system: 'wine', files: [file] });
    assert.deepEqual(outdated, [
      { file, title: 'no modes', why: 'it passes' },
      { file, title: 'no links', why: 'it is listed twice' },
    ]);
    const gone = judge(list, ran('no modes', 'failed'), { system: 'wine', files: [file] });
    assert.deepEqual(gone.outdated, [{ file, title: 'no links', why: 'no such test exists' }]);
  });

  const listOf = (title: string): readonly Group[] => [
    { system: 'wine', why: 'Wine cannot', tests: { [file]: [title] } },
  ];

  it('applies an entry for a block to each test in it', () => {
    const results = [...ran('links are made', 'failed'), result('links are read', 'known')];
    const run = { system: 'wine', files: [file] } as const;
    const { failed, leftOut, outdated } = judge(listOf('links *'), results, run);
    assert.deepEqual([failed, outdated], [[], []]);
    assert.deepEqual(titles(leftOut), ['links are made', 'links are read']);
    const passing = judge(listOf('links *'), [...results, ...ran('links lead', 'passed')], run);
    assert.deepEqual(passing.outdated, [{ file, title: 'links lead', why: 'it passes' }]);
    const gone = judge(listOf('pipes *'), ran('pipe', 'passed'), run);
    assert.deepEqual(gone.outdated, [{ file, title: 'pipes *', why: 'no such test exists' }]);
  });

  it('omits a whole file without running it', () => {
    assert.deepEqual(wholeFiles(listOf('*'), 'wine'), [{ file, title: '*', why: 'Wine cannot' }]);
    assert.deepEqual(wholeFiles(listOf('*'), 'windows'), []);
    const { leftOut, outdated } = judge(listOf('*'), [], { system: 'wine', files: [file], isWhole: true });
    assert.deepEqual([titles(leftOut), outdated], [['*'], []]);
    const gone = judge(listOf('*'), [], { system: 'wine', files: [], isWhole: true });
    assert.deepEqual(gone.outdated, [{ file, title: '*', why: 'no such test exists' }]);
  });

  it('reports entries of missing files only if all files were run', () => {
    const other = { system: 'wine', files: ['test/unit/b.test.ts'] } as const;
    assert.deepEqual(judge(list, [], other).outdated, []);
    assert.deepEqual(titles(judge(list, [], { ...other, isWhole: true }).outdated), ['no modes', 'no links']);
  });

  it('reports what passes only at the second attempt, also after a failed hook', () => {
    const hook = '"after each" hook for "x"';
    const first = [
      ...ran('x', 'passed'),
      result(hook, 'failed', 'busy'),
      result('y', 'known'),
      ...ran('z', 'failed'),
    ];
    const second = [...ran('x', 'passed'), ...ran('y', 'passed'), ...ran('z', 'failed', 'still')];
    const verdict = judge([], first, { system: 'wine', files: [file], second });
    assert.deepEqual(titles(verdict.secondAttempt), [hook, 'y']);
    assert.deepEqual(titles(verdict.failed), ['z']);
  });
});
