import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFolderBundler } from '../../src/bundle/bundler.js';
import { unpackTar } from '../../src/bundle/unpack.js';
import type { Bundle } from '../../src/core/domain/jobSpec.js';
import type { FolderBundler, PackPlan } from '../../src/core/domain/ports.js';
import { buildWorker } from '../unit/bundle/workerProgram.js';

const never = new AbortController().signal;

/**
 * Debian's Julia 1.5 crashes with a newer libunwind than its own where compiled code throws; interpreted code
 * can throw.
 */
const interpreted = '--compile=min';

/**
 * Creates a package that exists only in a Git repository, with its own artifact, and a project that depends
 * on it.
 */
const setUp = String.raw`
using Pkg, Pkg.Artifacts
repository, project = ARGS
hash = create_artifact() do folder
    write(joinpath(folder, "data.txt"), "from the artifact")
    symlink("data.txt", joinpath(folder, "link.txt"))
end
bind_artifact!(joinpath(repository, "Artifacts.toml"), "stuff", hash; force = true)
git(args...) = run(Cmd(["git", "-C", repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", args...]))
git("init", "-q"); git("add", "."); git("commit", "-q", "-m", "first")
Pkg.activate(project)
Pkg.add(PackageSpec(url = "file://" * repository))
`;

const farawayId = '1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0001';
const printfId = 'de0858da-6303-5e67-8744-51eddeeeb8d7';

const faraway = {
  'Project.toml': `name = "Faraway"\nuuid = "${farawayId}"\nversion = "0.1.0"\n[deps]\nPkg = "44cfe95a-1eb2-52ea-b672-e2afdf69b78f"\n`,
  'src/Faraway.jl':
    'module Faraway\nusing Pkg.Artifacts\nsaid() = read(joinpath(artifact"stuff", "link.txt"), String)\nend\n',
};

const registry = (packages: string): string =>
  `name = "Some"\nuuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0009"\nrepo = "file:///nowhere"\n[packages]\n${packages}`;

function put(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('bundles of Julia projects, with a real julia', function () {
  this.timeout(300_000);
  let temp: string;
  let julia: string;
  let depot: string;
  let bundler: FolderBundler;

  /** Julia's environment: a separate depot, and no reachable package server. */
  const envOf = (depotPath: string): NodeJS.ProcessEnv => ({
    ...process.env,
    JULIA_DEPOT_PATH: depotPath,
    JULIA_PKG_SERVER: '',
    JULIA_LOAD_PATH: undefined,
    JULIA_PROJECT: undefined,
  });

  const runJulia = (args: readonly string[], depotPath: string, cwd = temp): string =>
    execFileSync(julia, ['--startup-file=no', interpreted, ...args], {
      env: envOf(depotPath),
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  before(() => {
    temp = realpathSync(mkdtempSync(join(tmpdir(), 'bundle-julia-')));
    const engine = join(import.meta.dirname, '..', 'engines', 'julia.sh');
    julia = execFileSync('bash', [engine], { encoding: 'utf8' }).trim();
    depot = join(temp, 'depot');
    put(join(depot, 'registries/Some'), { 'Registry.toml': registry('') });
    put(join(temp, 'Faraway'), faraway);
    put(join(temp, 'original'), { 'Project.toml': '' });
    put(temp, { 'setUp.jl': setUp });
    runJulia([join(temp, 'setUp.jl'), join(temp, 'Faraway'), join(temp, 'original')], depot);
    const tempFolder = join(temp, 'tars');
    mkdirSync(tempFolder);
    bundler = createFolderBundler({
      program: buildWorker(temp),
      tempFolder,
      julia: () => Promise.resolve({ program: julia, args: [interpreted] }),
      env: envOf(depot),
    });
  });

  after(() => {
    rmSync(temp, { recursive: true, force: true });
  });

  interface Packed {
    readonly plan: PackPlan;
    readonly bundle: Bundle;
    /** The unpacked bundle. */
    readonly folder: string;
  }

  /** Packs a folder, checks that its files stay unchanged, and unpacks the bundle. */
  async function packed(folder: string): Promise<Packed> {
    const listing = (): readonly string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).map((item) => {
        const path = join(item.parentPath, item.name);
        return item.isFile() ? `${path} ${readFileSync(path, 'hex')}` : path;
      });
    const before = listing();
    const packing = await bundler.pack(folder, Number.MAX_SAFE_INTEGER, () => undefined, never);
    const plan = (await packing.completed) ?? packing.plan;
    const bundle = await packing.bundle;
    const into = mkdtempSync(join(temp, 'unpacked-'));
    await unpackTar(bundle.file, into, never);
    await bundler.discard(bundle);
    assert.deepEqual(listing(), before);
    assert.deepEqual(readdirSync(join(temp, 'tars')), []);
    return { plan, bundle, folder: join(into, bundle.root) };
  }

  /** Runs code in an unpacked bundle like a job, using only the bundle. */
  const inJob = (folder: string, code: string): string =>
    runJulia(
      ['--project=.', '-e', `using Pkg; Pkg.instantiate(); ${code}`],
      join(folder, '.bundle/depot'),
      folder,
    );

  it('include an unregistered package and its artifact, so that a job works offline', async () => {
    const { plan, folder } = await packed(cpTo('app'));
    const [artifact, own] = plan.added ?? [];
    assert.deepEqual(
      plan.added?.map(({ why, files }) => [why, files]),
      [
        ['artifact', 2],
        ['package', 3],
      ],
    );
    assert.match(artifact?.path ?? '', /^\.bundle\/depot\/artifacts\/[0-9a-f]{40}$/);
    assert.match(own?.path ?? '', /^\.bundle\/depot\/packages\/Faraway\/\w{5}$/);
    assert.deepEqual(plan.warnings, []);
    rmSync(join(temp, 'Faraway'), { recursive: true });
    assert.equal(inJob(folder, 'using Faraway; print(Faraway.said())'), 'from the artifact');
  });

  it('do not include a registered package', async () => {
    const file = join(depot, 'registries/Some/Registry.toml');
    writeFileSync(file, registry(`${farawayId} = { name = "Faraway", path = "F/Faraway" }\n`));
    try {
      const { plan } = await packed(cpTo('app2'));
      assert.deepEqual([plan.added, plan.warnings], [undefined, []]);
    } finally {
      writeFileSync(file, registry(''));
    }
  });

  it('add a manifest that is missing from the folder', async () => {
    const app = put(join(temp, 'app3'), {
      'Project.toml': `[deps]\nPrintf = "${printfId}"\n`,
      'main.jl': '',
    });
    const { plan, bundle, folder } = await packed(app);
    assert.deepEqual(
      plan.added?.map(({ path, why }) => [path, why]),
      [['Manifest.toml', 'resolved']],
    );
    assert.match(plan.warnings.join('\n'), /^Manifest\.toml was created by Julia \d+\.\d+\.\d+;.*$/);
    const manifest = readFileSync(join(folder, 'Manifest.toml'));
    assert.match(manifest.toString(), /Printf/);
    assert.equal(bundle.lockFileSha256, createHash('sha256').update(manifest).digest('hex'));
    assert.equal(inJob(folder, 'using Printf; @printf("%.2f", 1)'), '1.00');
  });

  it('include packages from outside the folder, so that a job works offline', async () => {
    const near = (name: string, more: string): Readonly<Record<string, string>> => ({
      [`${name}/Project.toml`]: `name = "${name}"\nuuid = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f00${name === 'Near' ? '02' : '03'}"\nversion = "0.1.0"\n${more}`,
      [`${name}/src/${name}.jl`]: `module ${name} end\n`,
    });
    put(temp, {
      ...near('Near', '[deps]\nNext = "1a6dd2d4-0d2c-4a2c-8d5c-6a4e2b5f0003"\n'),
      ...near('Next', ''),
    });
    writeFileSync(
      join(temp, 'Near/src/Near.jl'),
      'module Near\nimport Next\nsaid() = "near and $(nameof(Next))"\nend\n',
    );
    const app = put(join(temp, 'app4'), { 'Project.toml': '' });
    const both = `[PackageSpec(path = "../Next"), PackageSpec(path = "../Near")]`;
    runJulia(['--project=.', '-e', `using Pkg; Pkg.develop(${both})`], depot, app);
    const { plan, folder } = await packed(app);
    assert.deepEqual(
      plan.added?.map(({ path }) => path),
      ['.bundle/dev/Near', '.bundle/dev/Next', 'Manifest.toml'],
    );
    assert.equal(inJob(folder, 'using Near; print(Near.said())'), 'near and Next');
  });

  it('report why a manifest cannot be created', async () => {
    const app = put(join(temp, 'app5'), {
      'Project.toml': `[deps]\nNowhere = "${farawayId.replace(/1$/, '7')}"\n`,
    });
    writeFileSync(join(depot, 'registries/Some/Registry.toml'), registry(''));
    const { plan } = await packed(app);
    assert.equal(plan.added, undefined);
    assert.match(
      plan.warnings.join('\n'),
      /^There is no manifest, and the job must resolve package versions, because Julia could not create one \(.*Nowhere.*\)\.$/,
    );
  });

  /** A copy of the project that depends on the package from Git. */
  function cpTo(name: string): string {
    cpSync(join(temp, 'original'), join(temp, name), { recursive: true });
    return join(temp, name);
  }
});
