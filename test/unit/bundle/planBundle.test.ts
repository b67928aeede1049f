import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listDecisions, planBundle } from '../../../src/bundle/planBundle.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { inTemp, makeFolder } from './folders.js';
import { withoutRights } from './withoutRights.js';

const included = (folder: string): readonly string[] =>
  listDecisions(planBundle(folder))
    .filter((choice) => choice.included)
    .map(({ path }) => path);

const excluded = (folder: string): readonly string[] =>
  listDecisions(planBundle(folder))
    .filter((choice) => !choice.included)
    .map(({ path }) => path);

describe('choose', () => {
  it('counts files and their bytes', () =>
    inTemp((temp) => {
      const { plan } = planBundle(makeFolder(temp, { 'a.py': '12', 'b/c.csv': '345', 'd/': '' }));
      assert.deepEqual([plan.folder, plan.files, plan.bytes], [temp, 2, 5]);
    }));

  it('finds nothing in an empty folder', () =>
    inTemp((temp) => {
      const chosen = planBundle(temp);
      const { plan, entries } = chosen;
      assert.deepEqual([listDecisions(chosen), plan.files, plan.bytes, entries], [[], 0, 0, []]);
    }));

  it('includes nothing if a rule matches everything', () =>
    inTemp((temp) => {
      makeFolder(temp, { '.juliabundleignore': '*', 'Project.toml': '', 'a.py': '', 'd/b.py': '' });
      const { plan, entries } = planBundle(temp);
      assert.deepEqual([plan.files, entries], [0, []]);
      assert.deepEqual(excluded(temp), ['.juliabundleignore', 'Project.toml', 'a.py', 'd']);
    }));

  it('returns the rule and the file that exclude a path', () =>
    inTemp((temp) => {
      makeFolder(temp, { 'sub/.juliabundleignore': '# big\n\n*.csv\n', 'sub/x/a.csv': '12345' });
      assert.deepEqual(
        listDecisions(planBundle(temp)).find(({ path }) => path === 'sub/x/a.csv'),
        {
          path: 'sub/x/a.csv',
          type: 'file',
          bytes: 5,
          included: false,
          rule: '*.csv',
          ruleFile: 'sub/.juliabundleignore',
          ruleLine: 3,
        },
      );
    }));

  it('applies only the nearest ignore file', () =>
    inTemp((temp) => {
      makeFolder(temp, {
        '.juliabundleignore': '*.txt',
        'a.txt': '',
        'sub/.juliabundleignore': 'keys.private',
        'sub/a.txt': '',
        'sub/keys.private': '',
        'sub/deep/keys.private': '',
      });
      assert.deepEqual(excluded(temp), ['a.txt', 'sub/keys.private']);
    }));

  it('applies an ignore file that is itself excluded, or is a link', () =>
    inTemp((temp) => {
      makeFolder(temp, { rules: '*.csv\n.juliabundleignore', 'a.csv': '' });
      symlinkSync('rules', join(temp, '.juliabundleignore'));
      assert.deepEqual(excluded(temp), ['.juliabundleignore', 'a.csv']);
    }));

  it('ignores a directory with the name of an ignore file', () =>
    inTemp((temp) => {
      makeFolder(temp, { '.juliabundleignore/': '', 'a.csv': '' });
      assert.deepEqual(included(temp), ['.juliabundleignore', 'a.csv']);
    }));

  it('lists an excluded directory but nothing below it', () =>
    inTemp((temp) => {
      makeFolder(temp, {
        '.juliabundleignore': 'data/\n!data/keep.csv',
        'data/keep.csv': '',
        'data/x/y': '',
      });
      symlinkSync('nowhere', join(temp, 'data/dangling'));
      const { plan } = planBundle(temp);
      assert.deepEqual(excluded(temp), ['data']);
      assert.deepEqual(plan.warnings, []);
    }));

  it('excludes everything named .git, and nothing with a similar name', () =>
    inTemp((temp) => {
      makeFolder(temp, {
        '.git/config': '',
        'sub/.git': '',
        'sub/.gitignore': '',
        'x.git/f': '',
        '.GIT': '',
      });
      assert.deepEqual(excluded(temp), ['.git', 'sub/.git']);
      assert.deepEqual(included(temp), ['.GIT', 'sub/.gitignore', 'x.git/f']);
      assert.equal(listDecisions(planBundle(temp))[1]?.rule, undefined);
    }));

  it('lists an included directory only if it is empty in the bundle', () =>
    inTemp((temp) => {
      makeFolder(temp, {
        '.juliabundleignore': '*.log',
        'empty/': '',
        'logs/a.log': '',
        'outer/inner/b.log': '',
      });
      assert.deepEqual(included(temp), ['.juliabundleignore', 'empty', 'logs', 'outer/inner']);
      assert.deepEqual(
        listDecisions(planBundle(temp)).map(({ path }) => path),
        ['.juliabundleignore', 'empty', 'logs', 'logs/a.log', 'outer/inner', 'outer/inner/b.log'],
      );
    }));

  it('sorts names by their bytes, folder by folder', () =>
    inTemp((temp) => {
      makeFolder(temp, { 'a/z': '', 'a-b': '', 'a.b': '', B: '', ü: '', '\uff5e': '', '😀': '' });
      assert.deepEqual(included(temp), ['B', 'a/z', 'a-b', 'a.b', 'ü', '\uff5e', '😀']);
    }));

  it('adds the folder for artifacts to a Julia project, unless a rule excludes it', () =>
    inTemp((temp) => {
      makeFolder(temp, { 'JuliaProject.toml': '' });
      assert.deepEqual(included(temp), ['.bundle/depot/artifacts', 'JuliaProject.toml']);
      makeFolder(temp, { '.bundle/depot/artifacts/x/lib': '', '.bundle/.juliabundleignore': '*/lib' });
      assert.deepEqual(included(temp), [
        '.bundle/.juliabundleignore',
        '.bundle/depot/artifacts/x',
        'JuliaProject.toml',
      ]);
    }));

  it('detects executable files', () =>
    inTemp((temp) => {
      makeFolder(temp, { 'run.sh': '', 'main.py': '' });
      chmodSync(join(temp, 'run.sh'), 0o744);
      chmodSync(join(temp, 'main.py'), 0o655);
      assert.deepEqual(
        planBundle(temp).entries.map(({ path, executable }) => [path, executable]),
        [
          ['main.py', false],
          ['run.sh', true],
        ],
      );
    }));

  it('rejects a folder that does not exist, and a file', () =>
    inTemp((temp) => {
      writeFileSync(join(temp, 'file'), '');
      const problem = (folder: string): unknown => {
        try {
          return planBundle(folder).plan;
        } catch (error) {
          return error instanceof JobError ? error.problem : error;
        }
      };
      const [none, file] = [join(temp, 'none'), join(temp, 'file')];
      assert.deepEqual(problem(none), { kind: 'unreadable', path: none, why: 'it does not exist' });
      assert.deepEqual(problem(file), { kind: 'unreadable', path: file, why: 'it is not a folder' });
    }));

  it('reports an unreadable folder and ignore file', () =>
    inTemp(async (temp) => {
      chmodSync(temp, 0o755);
      makeFolder(temp, { 'ok/.juliabundleignore': '', 'sub/closed/a': '' });
      chmodSync(join(temp, 'sub/closed'), 0o000);
      const fails = (path: string): Promise<void> =>
        withoutRights(() => {
          assert.throws(() => planBundle(temp), {
            problem: { kind: 'unreadable', path, why: 'permission denied' },
          });
        });
      await fails('sub/closed');
      chmodSync(join(temp, 'ok/.juliabundleignore'), 0o000);
      await fails('ok/.juliabundleignore');
      chmodSync(join(temp, 'ok/.juliabundleignore'), 0o644);
      symlinkSync('closed/a', join(temp, 'sub/link'));
      writeFileSync(join(temp, '.juliabundleignore'), 'sub/closed');
      await fails('sub/link');
      writeFileSync(join(temp, '.juliabundleignore'), 'sub/closed\nsub/link/');
      await withoutRights(() => {
        assert.deepEqual(excluded(temp), ['sub/closed', 'sub/link']);
      });
    }));
});

describe('links and other special files', () => {
  it('follows links to files and folders', () =>
    inTemp((temp) => {
      makeFolder(temp, { 'data/a.csv': 'aa', 'main.py': 'x' });
      symlinkSync('data', join(temp, 'linked'));
      symlinkSync('main.py', join(temp, 'also.py'));
      assert.deepEqual(included(temp), ['also.py', 'data/a.csv', 'linked/a.csv', 'main.py']);
      assert.deepEqual(planBundle(temp).plan.warnings, []);
      assert.equal(planBundle(temp).plan.bytes, 6);
    }));

  it('treats a linked folder as a directory in rules', () =>
    inTemp((temp) => {
      makeFolder(temp, { '.juliabundleignore': 'linked/', 'data/a.csv': '' });
      symlinkSync('data', join(temp, 'linked'));
      assert.deepEqual(excluded(temp), ['linked']);
    }));

  it('excludes a broken link, with a warning', () =>
    inTemp((temp) => {
      symlinkSync('nowhere', join(temp, 'dangling'));
      symlinkSync('self', join(temp, 'self'));
      assert.deepEqual(planBundle(temp).plan.warnings, [
        'dangling is excluded: the link is broken.',
        'self is excluded: the link is broken.',
      ]);
      assert.deepEqual(excluded(temp), ['dangling', 'self']);
    }));

  it('does not follow links in circles', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), { 'a/f': '', 'c/g': '' });
      symlinkSync('.', join(folder, 'a/self'));
      symlinkSync('..', join(folder, 'a/up'));
      symlinkSync('../..', join(folder, 'a/out'));
      symlinkSync('../c', join(folder, 'a/c'));
      symlinkSync('../a', join(folder, 'c/a'));
      assert.deepEqual(included(folder), ['a/c/g', 'a/f', 'c/a/f', 'c/g']);
      const warnings = planBundle(folder).plan.warnings;
      assert.equal(warnings.length, 8);
      for (const text of warnings)
        assert.match(text, /is excluded: the link leads to a folder that contains it\.$/);
    }));

  it('follows links out of the folder, with a warning for each but none below it', () =>
    inTemp((temp) => {
      makeFolder(join(temp, 'shared'), { 'x/data.csv': '', 'lone.txt': '' });
      symlinkSync('x', join(temp, 'shared/y'));
      const folder = makeFolder(join(temp, 'app'), { 'main.py': '' });
      symlinkSync('../shared', join(folder, 'linked'));
      symlinkSync('../shared/lone.txt', join(folder, 'lone'));
      assert.deepEqual(included(folder), [
        'linked/lone.txt',
        'linked/x/data.csv',
        'linked/y/data.csv',
        'lone',
        'main.py',
      ]);
      assert.deepEqual(planBundle(folder).plan.warnings, [
        `linked links outside the folder; its target is included: ${join(temp, 'shared')}`,
        `lone links outside the folder; its target is included: ${join(temp, 'shared/lone.txt')}`,
      ]);
    }));

  it('does not confuse the folder with a sibling whose name has it as a prefix', () =>
    inTemp((temp) => {
      makeFolder(join(temp, 'app2'), { f: '' });
      const folder = makeFolder(join(temp, 'app'), {});
      symlinkSync('../app2', join(folder, 'linked'));
      assert.equal(planBundle(folder).plan.warnings.length, 1);
    }));

  it('excludes pipes and other special files, with a warning', () =>
    inTemp((temp) => {
      execFileSync('mkfifo', [join(temp, 'pipe')]);
      assert.deepEqual(planBundle(temp).plan.warnings, ['pipe is excluded: it is not a regular file.']);
      assert.deepEqual(excluded(temp), ['pipe']);
    }));

  it('excludes names that are not valid UTF-8, with a warning for each, even next to a name that looks the same', () =>
    inTemp((temp) => {
      mkdirSync(join(temp, 'd'));
      const raw = (...bytes: readonly number[]): Buffer =>
        Buffer.concat([Buffer.from(`${temp}/d/a`), Buffer.from(bytes)]);
      writeFileSync(raw(0xff), '12');
      writeFileSync(raw(0xfe), '123');
      mkdirSync(raw(0xfd));
      writeFileSync(join(temp, 'd/a\ufffd'), 'x');
      assert.deepEqual(planBundle(temp).plan.warnings, [
        'd/a\\xfd is excluded: its name is not valid UTF-8.',
        'd/a\\xfe is excluded: its name is not valid UTF-8.',
        'd/a\\xff is excluded: its name is not valid UTF-8.',
      ]);
      assert.deepEqual(included(temp), ['d/a\ufffd']);
      const left = listDecisions(planBundle(temp)).filter((choice) => !choice.included);
      assert.deepEqual(
        left.map(({ path, type, bytes }) => [path, type, bytes]),
        [
          ['d/a\ueffd', 'directory', 0],
          ['d/a\ueffe', 'file', 3],
          ['d/a\uefff', 'file', 2],
        ],
      );
      writeFileSync(join(temp, '.juliabundleignore'), 'd/a?');
      assert.deepEqual(planBundle(temp).plan.warnings, []);
    }));
});
