import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeTar } from '../../../src/bundle/archive.js';
import { listDecisions, planBundle, type BundlePlan } from '../../../src/bundle/planBundle.js';
import { inTemp, makeFolder, readTarFile } from './folders.js';

const included = (chosen: BundlePlan): readonly string[] =>
  listDecisions(chosen)
    .filter((choice) => choice.included)
    .map(({ path }) => path);

/** A file of the bundle whose content differs from the disk. */
const written = ({ entries }: BundlePlan, path: string): string | undefined => {
  const content = entries.find((entry) => entry.path === path)?.content;
  return content && Buffer.from(content).toString();
};

const added = ({ plan }: BundlePlan): readonly (readonly [string, string, string | undefined])[] =>
  (plan.added ?? []).map(({ path, why, from }) => [path, why, from]);

const entry = (name: string, path: string): string =>
  `[[deps.${name}]]\npath = ${JSON.stringify(path)}\nuuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0001"\nversion = "0.1.0"\n\n`;

const manifestOf = (paths: Readonly<Record<string, string>>): string =>
  `# This file is machine-generated\n\nmanifest_format = "2.0"\n\n${Object.entries(paths)
    .map(([name, path]) => entry(name, path))
    .join('')}`;

/** A package: its project file and its only source file. */
const packageOf = (name: string, more = ''): Readonly<Record<string, string>> => ({
  'Project.toml': `name = "${name}"\n${more}`,
  [`src/${name}.jl`]: `module ${name} end\n`,
});

describe('a Julia project with packages outside its folder', () => {
  it('includes them, with uncommitted changes and without .git, and rewrites its manifest', () =>
    inTemp((temp) => {
      const manifest = manifestOf({ Pkg1: '.', Pkg2: '../Pkg2', Pkg3: '../../Pkg3' });
      const folder = makeFolder(join(temp, 'work/Pkg1'), { ...packageOf('Pkg1'), 'Manifest.toml': manifest });
      makeFolder(join(temp, 'work/Pkg2'), { ...packageOf('Pkg2'), '.git/config': '', 'notes.txt': 'new' });
      makeFolder(join(temp, 'Pkg3'), packageOf('Pkg3'));
      const chosen = planBundle(folder);
      assert.deepEqual(included(chosen), [
        '.bundle/depot/artifacts',
        '.bundle/dev/Pkg2/Project.toml',
        '.bundle/dev/Pkg2/notes.txt',
        '.bundle/dev/Pkg2/src/Pkg2.jl',
        '.bundle/dev/Pkg3/Project.toml',
        '.bundle/dev/Pkg3/src/Pkg3.jl',
        'Manifest.toml',
        'Project.toml',
        'src/Pkg1.jl',
      ]);
      assert.equal(
        written(chosen, 'Manifest.toml'),
        manifest.replace('"../Pkg2"', '".bundle/dev/Pkg2"').replace('"../../Pkg3"', '".bundle/dev/Pkg3"'),
      );
      assert.deepEqual(added(chosen), [
        ['.bundle/dev/Pkg2', 'dev', join(temp, 'work/Pkg2')],
        ['.bundle/dev/Pkg3', 'dev', join(temp, 'Pkg3')],
        ['Manifest.toml', 'rewritten', undefined],
      ]);
      assert.deepEqual(
        chosen.plan.added?.map(({ files, bytes }) => [files, bytes]),
        [
          [3, 14 + 3 + 16],
          [2, 14 + 16],
          [1, manifest.length + 9 + 6],
        ],
      );
      assert.deepEqual(chosen.plan.warnings, []);
      assert.equal(readFileSync(join(folder, 'Manifest.toml'), 'utf8'), manifest);
      assert.equal(chosen.manifest, 'Manifest.toml');
    }));

  it('packs them as planned', () =>
    inTemp(async (temp) => {
      const folder = makeFolder(join(temp, 'app'), { 'Manifest.toml': manifestOf({ Pkg2: '../Pkg2' }) });
      makeFolder(join(temp, 'Pkg2'), { ...packageOf('Pkg2'), big: Buffer.alloc(1 << 19, 'b') });
      symlinkSync('src/Pkg2.jl', join(temp, 'Pkg2/link'));
      const { entries } = planBundle(folder);
      const to = join(temp, 'tar');
      await writeTar({ folder, root: 'app', entries, to }, () => undefined);
      const packed = await readTarFile(to);
      assert.deepEqual(
        packed.map(({ path, type, mode, size }) => [path, type, mode, size]),
        [
          ['app/.bundle/depot/artifacts', 'directory', '755', 0],
          ['app/.bundle/dev/Pkg2/Project.toml', 'file', '644', 14],
          ['app/.bundle/dev/Pkg2/big', 'file', '644', 1 << 19],
          ['app/.bundle/dev/Pkg2/link', 'symlink', '755', 0],
          ['app/.bundle/dev/Pkg2/src/Pkg2.jl', 'file', '644', 16],
          ['app/Manifest.toml', 'file', '644', entries.find(({ path }) => path === 'Manifest.toml')?.bytes],
          ['app/Project.toml', 'file', '644', 7],
        ],
      );
      assert.match(packed[5]?.content ?? '', /path = "\.bundle\/dev\/Pkg2"/);
      assert.equal(packed[6]?.content, '[deps]\n');
    }));

  for (const name of ['JuliaManifest.toml', 'Manifest-v1.11.toml', 'JuliaManifest-v1.12.toml'])
    it(`has ${name} rewritten like the plain one, which can exist as well`, () =>
      inTemp((temp) => {
        const folder = makeFolder(join(temp, 'app'), {
          'Project.toml': '',
          [name]: manifestOf({ Pkg2: '../Pkg2' }),
        });
        makeFolder(join(temp, 'Pkg2'), packageOf('Pkg2'));
        const alone = planBundle(folder);
        assert.match(written(alone, name) ?? '', /"\.bundle\/dev\/Pkg2"/);
        assert.equal(alone.manifest, name);
        writeFileSync(join(folder, 'Manifest.toml'), manifestOf({ Pkg2: '../Pkg2' }));
        const both = planBundle(folder);
        assert.equal(written(both, name), written(alone, name));
        assert.equal(written(both, 'Manifest.toml'), written(alone, name));
        assert.equal(both.manifest, name === 'JuliaManifest.toml' ? name : 'Manifest.toml');
      }));

  it('has the manifest rewritten that the project names, relative to its own folder', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Project.toml': 'manifest = "env/Locked.toml"\n',
        'env/Locked.toml': manifestOf({ Pkg2: '../../Pkg2', Near: '../near' }),
        'near/Project.toml': '',
      });
      makeFolder(join(temp, 'Pkg2'), packageOf('Pkg2'));
      const chosen = planBundle(folder);
      assert.equal(
        written(chosen, 'env/Locked.toml'),
        manifestOf({ Pkg2: '../.bundle/dev/Pkg2', Near: '../near' }),
      );
      assert.equal(chosen.manifest, 'env/Locked.toml');
    }));

  it('supports manifest format 1', () =>
    inTemp((temp) => {
      const manifest = '[[Pkg2]]\npath = "../Pkg2"\nuuid = "x"\n';
      const folder = makeFolder(join(temp, 'app'), { 'Project.toml': '', 'Manifest.toml': manifest });
      makeFolder(join(temp, 'Pkg2'), packageOf('Pkg2'));
      assert.equal(
        written(planBundle(folder), 'Manifest.toml'),
        manifest.replace('../Pkg2', '.bundle/dev/Pkg2'),
      );
    }));

  it('treats a sibling folder whose name has its name as a prefix as outside', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), { 'Manifest.toml': manifestOf({ App2: '../app2' }) });
      makeFolder(join(temp, 'app2'), packageOf('App2'));
      assert.equal(written(planBundle(folder), 'Manifest.toml'), manifestOf({ App2: '.bundle/dev/App2' }));
    }));

  it('can use absolute paths; a package in the folder itself is not included twice', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), { 'lib/In/Project.toml': '' });
      const out = makeFolder(join(temp, 'Out'), packageOf('Out'));
      writeFileSync(join(folder, 'Manifest.toml'), manifestOf({ In: join(folder, 'lib/In'), Out: out }));
      const chosen = planBundle(folder);
      assert.equal(written(chosen, 'Manifest.toml'), manifestOf({ In: 'lib/In', Out: '.bundle/dev/Out' }));
      assert.ok(!included(chosen).includes('.bundle/dev/In/Project.toml'));
    }));

  it('keeps paths within the folder, including links, which are followed anyway', () =>
    inTemp((temp) => {
      const manifest = manifestOf({ In: 'lib/In', Linked: './linked' });
      const folder = makeFolder(join(temp, 'app'), { 'Manifest.toml': manifest, 'lib/In/Project.toml': '' });
      makeFolder(join(temp, 'Linked'), packageOf('Linked'));
      symlinkSync('../Linked', join(folder, 'linked'));
      const chosen = planBundle(folder);
      assert.equal(written(chosen, 'Manifest.toml'), manifest);
      assert.ok(included(chosen).includes('linked/src/Linked.jl'));
      assert.deepEqual(added(chosen), [['Project.toml', 'created', undefined]]);
    }));

  it('recognizes a path that leads back into the folder through a link', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Manifest.toml': manifestOf({ In: '../alias/In' }),
        'In/Project.toml': '',
      });
      symlinkSync('app', join(temp, 'alias'));
      assert.equal(written(planBundle(folder), 'Manifest.toml'), manifestOf({ In: 'In' }));
    }));

  it('copies a package once, regardless of the number of files and links that refer to it', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Project.toml': '[sources]\nPkg2 = {path = "../also"}\n',
        'Manifest.toml': manifestOf({ Pkg2: '../Pkg2' }),
        'Manifest-v1.11.toml': manifestOf({ Pkg2: join(temp, 'Pkg2') }),
      });
      makeFolder(join(temp, 'Pkg2'), packageOf('Pkg2'));
      symlinkSync('Pkg2', join(temp, 'also'));
      const chosen = planBundle(folder);
      assert.equal(written(chosen, 'Project.toml'), '[sources]\nPkg2 = {path = ".bundle/dev/Pkg2"}\n');
      assert.equal(written(chosen, 'Manifest-v1.11.toml'), manifestOf({ Pkg2: '.bundle/dev/Pkg2' }));
      assert.equal(added(chosen).filter(([, why]) => why === 'dev').length, 1);
    }));

  it('copies two packages with the same name to different paths, with a warning', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Project.toml': '',
        'Manifest.toml': manifestOf({ Pkg2: '../Pkg2' }),
        'Manifest-v1.11.toml': manifestOf({ Pkg2: '../old/Pkg2' }),
      });
      makeFolder(join(temp, 'Pkg2'), packageOf('Pkg2'));
      makeFolder(join(temp, 'old/Pkg2'), packageOf('Pkg2'));
      const chosen = planBundle(folder);
      assert.equal(written(chosen, 'Manifest.toml'), manifestOf({ Pkg2: '.bundle/dev/Pkg2' }));
      assert.equal(written(chosen, 'Manifest-v1.11.toml'), manifestOf({ Pkg2: '.bundle/dev/Pkg2-2' }));
      assert.deepEqual(chosen.plan.warnings, [
        `Pkg2 is used from two folders: ${join(temp, 'Pkg2')}, and ${join(temp, 'old/Pkg2')}, included as .bundle/dev/Pkg2-2.`,
      ]);
    }));

  it("keeps the folder's own files at the paths of copies", () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Manifest.toml': manifestOf({ Mine: '.bundle/dev/Mine', Pkg2: '../Pkg2' }),
        '.bundle/dev/Mine/Project.toml': '',
        '.bundle/dev/Pkg2/old': '',
      });
      makeFolder(join(temp, 'Pkg2'), packageOf('Pkg2'));
      const chosen = planBundle(folder);
      assert.equal(
        written(chosen, 'Manifest.toml'),
        manifestOf({ Mine: '.bundle/dev/Mine', Pkg2: '.bundle/dev/Pkg2-2' }),
      );
      for (const path of [
        '.bundle/dev/Mine/Project.toml',
        '.bundle/dev/Pkg2/old',
        '.bundle/dev/Pkg2-2/src/Pkg2.jl',
      ])
        assert.ok(included(chosen).includes(path), path);
    }));

  it('can be inside the package that it uses', () =>
    inTemp((temp) => {
      makeFolder(join(temp, 'Pkg'), packageOf('Pkg'));
      const folder = makeFolder(join(temp, 'Pkg/docs'), {
        'Project.toml': '',
        'Manifest.toml': manifestOf({ Pkg: '..' }),
        '.juliabundleignore': 'build',
        'build/page': '',
      });
      const paths = included(planBundle(folder));
      assert.ok(paths.includes('.bundle/dev/Pkg/src/Pkg.jl'));
      assert.ok(paths.includes('.bundle/dev/Pkg/docs/Project.toml'));
      assert.ok(!paths.includes('.bundle/dev/Pkg/docs/build/page'), 'by the ignore file beside it');
    }));

  it('warns about packages that are missing or are not packages', () =>
    inTemp((temp) => {
      const manifest = manifestOf({ Gone: '../Gone', Home: '../../..', File: '../file' });
      const folder = makeFolder(join(temp, 'a/b/app'), { 'Project.toml': '', 'Manifest.toml': manifest });
      writeFileSync(join(temp, 'a/b/file'), '');
      const chosen = planBundle(folder);
      assert.equal(written(chosen, 'Manifest.toml'), manifest);
      assert.deepEqual(chosen.plan.warnings, [
        `Gone is not included: the folder ${join(temp, 'a/b/Gone')} does not exist.`,
        `Home is not included: ${temp} is not a Julia package.`,
        `File is not included: the folder ${join(temp, 'a/b/file')} does not exist.`,
      ]);
    }));

  it('reports a file that it cannot read, and one that it cannot change', () =>
    inTemp((temp) => {
      makeFolder(join(temp, 'A'), packageOf('A'));
      const folder = makeFolder(join(temp, 'app'), {
        'Project.toml': 'sources = {A = {path = "../A"}}\n',
        'Manifest.toml': '[[deps',
      });
      assert.deepEqual(planBundle(folder).plan.warnings, [
        'Manifest.toml is not valid TOML, so its packages are not included.',
        'The paths in Project.toml could not be changed for the bundle: unsupported TOML syntax.',
      ]);
    }));
});

describe('the [sources] of a Julia project', () => {
  it('are followed from package to package, and refer to the copies', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'JuliaProject.toml': '[deps]\n[sources]\nA = {path = "../A"}\n',
        'Manifest.toml': manifestOf({}),
      });
      makeFolder(
        join(temp, 'A'),
        packageOf(
          'A',
          '[sources]\nB = {path = "../libs/B"}\nInner = {path = "inner"}\nApp = {path = "../app"}\n',
        ),
      );
      makeFolder(join(temp, 'A/inner'), packageOf('Inner'));
      makeFolder(join(temp, 'libs/B'), packageOf('B', '[sources]\nA = {path = "../../A"}\n'));
      const chosen = planBundle(folder);
      assert.equal(written(chosen, 'JuliaProject.toml'), '[deps]\n[sources]\nA = {path = ".bundle/dev/A"}\n');
      assert.equal(
        written(chosen, '.bundle/dev/A/Project.toml'),
        'name = "A"\n[sources]\nB = {path = "../B"}\nInner = {path = "inner"}\nApp = {path = "../../.."}\n',
      );
      assert.equal(
        written(chosen, '.bundle/dev/B/Project.toml'),
        'name = "B"\n[sources]\nA = {path = "../A"}\n',
      );
      assert.deepEqual(added(chosen), [
        ['.bundle/dev/A', 'dev', join(temp, 'A')],
        ['.bundle/dev/A/Project.toml', 'rewritten', undefined],
        ['.bundle/dev/B', 'dev', join(temp, 'libs/B')],
        ['.bundle/dev/B/Project.toml', 'rewritten', undefined],
        ['JuliaProject.toml', 'rewritten', undefined],
      ]);
      assert.deepEqual(chosen.plan.warnings, []);
    }));
});

describe('ignore rules and external packages', () => {
  it('are the package’s own, or else those of the folder', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        '.juliabundleignore': '*.csv\n.bundle/dev/B/big',
        'Manifest.toml': manifestOf({ A: '../A', B: '../B' }),
      });
      makeFolder(join(temp, 'A'), { ...packageOf('A'), '.juliabundleignore': 'own', own: '', 'a.csv': '' });
      makeFolder(join(temp, 'B'), { ...packageOf('B'), own: '', 'b.csv': '', 'big/x': '' });
      const chosen = planBundle(folder);
      assert.deepEqual(
        listDecisions(chosen)
          .filter((choice) => !choice.included)
          .map(({ path, ruleFile, ruleLine }) => [path, ruleFile, ruleLine]),
        [
          ['.bundle/dev/A/own', '.bundle/dev/A/.juliabundleignore', 1],
          ['.bundle/dev/B/b.csv', '.juliabundleignore', 1],
          ['.bundle/dev/B/big', '.juliabundleignore', 2],
        ],
      );
      assert.deepEqual(chosen.plan.warnings, []);
    }));

  it('warn if they exclude the copies, with the lines that fix it', () =>
    inTemp((temp) => {
      const rules = '# mine\n*\n!Project.toml\n!Manifest.toml\n';
      const folder = makeFolder(join(temp, 'app'), {
        '.juliabundleignore': rules,
        'Project.toml': '',
        'Manifest.toml': manifestOf({ A: '../A', B: '../B' }),
      });
      makeFolder(join(temp, 'A'), packageOf('A', '[sources]\nB = {path = "../B"}\n'));
      makeFolder(join(temp, 'B'), packageOf('B'));
      const warning =
        '"*" (.juliabundleignore:2) excludes required files: A, B. ' +
        'Add the lines !.bundle/ and !.bundle/* at the end of .juliabundleignore.';
      assert.deepEqual(planBundle(folder).plan.warnings, [warning]);
      assert.deepEqual(included(planBundle(folder)), ['Manifest.toml', 'Project.toml']);
      mkdirSync(join(folder, '.bundle'));
      assert.deepEqual(planBundle(folder).plan.warnings, [warning], 'also where the folder has a .bundle');
      writeFileSync(join(folder, '.juliabundleignore'), `${rules}!.bundle/\n`);
      assert.deepEqual(planBundle(folder).plan.warnings, [warning], 'one of the lines is not enough');
      writeFileSync(join(folder, '.juliabundleignore'), `${rules}!.bundle/\n!.bundle/*\n`);
      assert.deepEqual(planBundle(folder).plan.warnings, []);
      assert.ok(included(planBundle(folder)).includes('.bundle/dev/B/src/B.jl'));
    }));

  it('warn if they exclude a rewritten manifest or a package of the folder itself', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        '.juliabundleignore': 'Manifest.*\nlib',
        'Project.toml': '',
        'Manifest.toml': manifestOf({ A: '../A', In: 'lib/In' }),
        'lib/In/Project.toml': '',
      });
      makeFolder(join(temp, 'A'), packageOf('A'));
      const chosen = planBundle(folder);
      assert.deepEqual(chosen.plan.warnings, [
        '"Manifest.*" (.juliabundleignore:1) excludes required files: Manifest.toml. ' +
          'Add the line !Manifest.toml at the end of .juliabundleignore.',
        '"lib" (.juliabundleignore:2) excludes lib/In, which contains the package In.',
      ]);
      assert.equal(chosen.manifest, undefined);
    }));

  it('cause no warning if they exclude only the empty folder for artifacts', () =>
    inTemp((temp) => {
      makeFolder(temp, { '.juliabundleignore': '*\n!*.toml', 'Project.toml': '', 'Manifest.toml': '' });
      const { plan } = planBundle(temp);
      assert.deepEqual([plan.warnings, plan.added], [[], undefined]);
    }));
});

describe('links in external packages', () => {
  it('remain links if they stay in the package, and are followed otherwise', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Project.toml': '',
        'Manifest.toml': manifestOf({ A: '../A' }),
      });
      const other = makeFolder(join(temp, 'A'), { ...packageOf('A'), 'deep/x/y': '' });
      makeFolder(join(temp, 'data'), { d: '1' });
      const links = {
        inner: 'src/A.jl',
        'deep/up': '../src',
        dangling: 'later',
        odd: 'deep/../src/A.jl',
        out: '../data',
        far: join(temp, 'data/d'),
        nowhere: '../nowhere',
        home: '../app',
        loop: '..',
      };
      for (const [name, target] of Object.entries(links)) symlinkSync(target, join(other, name));
      const { entries, plan } = planBundle(folder);
      const found = entries
        .filter(({ path }) => path.startsWith('.bundle/dev/A/'))
        .map(({ path, type, target }) => [path.slice('.bundle/dev/A/'.length), target ?? type]);
      assert.deepEqual(found, [
        ['Project.toml', 'file'],
        ['dangling', 'later'],
        ['deep/up', '../src'],
        ['deep/x/y', 'file'],
        ['far', 'file'],
        ['inner', 'src/A.jl'],
        ['odd', 'file'],
        ['out/d', 'file'],
        ['src/A.jl', 'file'],
      ]);
      assert.deepEqual(plan.warnings, [
        `.bundle/dev/A/far links outside the folder; its target is included: ${join(temp, 'data/d')}`,
        '.bundle/dev/A/home is excluded: the link leads to a folder that contains it.',
        '.bundle/dev/A/loop is excluded: the link leads to a folder that contains it.',
        '.bundle/dev/A/nowhere is excluded: the link is broken.',
        `.bundle/dev/A/out links outside the folder; its target is included: ${join(temp, 'data')}`,
      ]);
      assert.equal(entries.find(({ path }) => path.endsWith('/far'))?.source, join(temp, 'A/far'));
    }));
});

describe('an incomplete Julia project', () => {
  it('gets an empty project and depot, in the bundle only, if it has Julia code but neither project nor manifest', () =>
    inTemp((temp) => {
      for (const [name, script] of [
        ['top', 'main.jl'],
        ['deep', 'a/b/main.jl'],
      ] as const) {
        const folder = makeFolder(join(temp, name), { [script]: '', 'sub/Project.toml': '' });
        const chosen = planBundle(folder);
        assert.deepEqual(
          [...included(chosen)].sort(),
          ['.bundle/depot/artifacts', 'Project.toml', script, 'sub/Project.toml'].sort(),
        );
        assert.equal(written(chosen, 'Project.toml'), '[deps]\n');
        assert.deepEqual(added(chosen), [['Project.toml', 'created', undefined]]);
        assert.deepEqual([chosen.manifest, chosen.need], [undefined, undefined]);
        assert.deepEqual(readdirSync(folder).sort(), [script.split('/')[0], 'sub'].sort());
      }
    }));

  it('keeps its own folder at the path of the depot', () =>
    inTemp((temp) => {
      const files = { 'main.jl': '', '.bundle/mine.txt': '', '.bundle/depot/artifacts/abc/data': '' };
      assert.deepEqual(included(planBundle(makeFolder(temp, files))), [
        '.bundle/depot/artifacts/abc/data',
        '.bundle/mine.txt',
        'Project.toml',
        'main.jl',
      ]);
    }));

  it('gets none of it, without a warning, if its rules exclude it', () =>
    inTemp((temp) => {
      const rules = '*\n!main.jl\n';
      const { plan, entries } = planBundle(makeFolder(temp, { 'main.jl': '', '.juliabundleignore': rules }));
      assert.deepEqual([entries.map(({ path }) => path), plan.warnings], [['main.jl'], []]);
    }));

  it('gets nothing if no Julia code is included', () =>
    inTemp((temp) => {
      const files = {
        'main.py': '',
        'old/main.jl': '',
        'sub/Project.toml': '',
        '.juliabundleignore': 'old\n',
      };
      const chosen = planBundle(makeFolder(temp, files));
      assert.deepEqual(included(chosen), ['.juliabundleignore', 'main.py', 'sub/Project.toml']);
      assert.deepEqual([chosen.plan.added, chosen.manifest, chosen.need], [undefined, undefined, undefined]);
    }));

  it('gets a project, in the bundle only, if it has only a manifest', () =>
    inTemp((temp) => {
      const chosen = planBundle(makeFolder(temp, { 'Manifest.toml': manifestOf({}) }));
      assert.equal(written(chosen, 'Project.toml'), '[deps]\n');
      assert.deepEqual(added(chosen), [['Project.toml', 'created', undefined]]);
    }));

  it('needs Julia for a manifest, unless it has no dependencies', () =>
    inTemp((temp) => {
      makeFolder(temp, { 'Project.toml': 'name = "App"\n[deps]\n' });
      assert.equal(planBundle(temp).need, undefined);
      for (const manifest of [undefined, ' \n']) {
        writeFileSync(join(temp, 'Project.toml'), '[deps]\nA = "x"\n[sources]\nA = {path = "lib"}\n');
        if (manifest !== undefined) writeFileSync(join(temp, 'Manifest.toml'), manifest);
        makeFolder(join(temp, 'lib'), packageOf('A'));
        const { need, plan } = planBundle(temp);
        assert.equal(need?.resolve, true);
        assert.deepEqual(need.copy, {
          'Project.toml': `[deps]\nA = "x"\n[sources]\nA = {path = ${JSON.stringify(join(temp, 'lib'))}}\n`,
        });
        assert.deepEqual(plan.warnings, ['There is no manifest: Julia will create one, in the bundle only.']);
      }
    }));

  it('needs Julia for packages added by URL, and for artifacts', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), {
        'Project.toml': '[deps]\nB = "x"\n',
        'Artifacts.toml': '',
        'Manifest.toml': `${manifestOf({ A: '../A' })}[[deps.B]]\nrepo-url = "https://u:p@example.org/B"\n`,
        'Manifest-v1.0.toml': '[[C]]\nrepo-url = "https://example.org/C"\n',
      });
      makeFolder(join(temp, 'A'), { ...packageOf('A'), 'JuliaArtifacts.toml': '', 'Artifacts.toml': '' });
      const { need, plan } = planBundle(folder);
      assert.deepEqual(need?.added, [{ name: 'B', url: 'https://example.org/B' }]);
      assert.deepEqual(need.artifacts, [join(folder, 'Artifacts.toml'), join(temp, 'A/JuliaArtifacts.toml')]);
      assert.ok(need.copy['Manifest.toml']?.includes(`path = ${JSON.stringify(join(temp, 'A'))}`));
      assert.deepEqual(plan.warnings, [
        'C from https://example.org/C in Manifest-v1.0.toml is not included: another manifest is active.',
        "B was added from https://example.org/B: unless it is registered, Julia's installed copy will be included.",
        `Julia will locate the artifacts of ${join(folder, 'Artifacts.toml')}.`,
        `Julia will locate the artifacts of ${join(temp, 'A/JuliaArtifacts.toml')}.`,
      ]);
    }));

  it('warns about missing parts of its workspace', () =>
    inTemp((temp) => {
      makeFolder(temp, {
        'Project.toml': '[workspace]\nprojects = ["apps"]\n',
        'Manifest.toml': manifestOf({ In: 'apps/fit/lib', Shared: 'Shared', Up: '.' }),
        'apps/Project.toml': '[workspace]\nprojects = ["fit", "other"]\n',
      });
      const folder = makeFolder(join(temp, 'apps/fit'), { 'Project.toml': '' });
      assert.deepEqual(planBundle(folder).plan.warnings, [
        `The folder belongs to the workspace of ${join(temp, 'Project.toml')}. Its manifest ${join(temp, 'Manifest.toml')} is not included, ` +
          'nor are the packages it references: Shared (Shared), Up (.).',
      ]);
      renameSync(join(temp, 'Manifest.toml'), join(temp, 'none'));
      assert.deepEqual(planBundle(folder).plan.warnings, [
        `The folder belongs to the workspace of ${join(temp, 'Project.toml')}, which is not included.`,
      ]);
      const stranger = makeFolder(join(dirname(folder), 'third'), { 'Project.toml': '' });
      assert.deepEqual(planBundle(stranger).plan.warnings, []);
    }));

  it('warns about a manifest outside the folder that its project names', () =>
    inTemp((temp) => {
      const folder = makeFolder(join(temp, 'app'), { 'Project.toml': 'manifest = "../Manifest.toml"\n' });
      assert.deepEqual(planBundle(folder).plan.warnings, [
        `The project's manifest ${join(temp, 'Manifest.toml')} is not included: it is outside the folder.`,
      ]);
    }));
});
