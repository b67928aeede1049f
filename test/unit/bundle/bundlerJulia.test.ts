import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createFolderBundler, type FolderBundlerDeps } from '../../../src/bundle/bundler.js';
import type { FolderBundler, PackJob } from '../../../src/core/domain/ports.js';
import { isAbort } from '../../../src/core/domain/problem.js';
import { inTemp, makeFolder, readTarFile } from './folders.js';
import { buildWorker } from './workerProgram.js';

const never = new AbortController().signal;
const hex = (text: string): string => Buffer.from(text).toString('hex');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the bundler of Julia projects', () => {
  let built = '';
  let program = '';

  before(() => {
    built = mkdtempSync(join(tmpdir(), 'bundle-program-'));
    program = buildWorker(built);
  });

  after(() => {
    rmSync(built, { recursive: true, force: true });
  });

  interface World {
    readonly temp: string;
    readonly tars: string;
    readonly folder: string;
    readonly bundler: FolderBundler;
    /** The number of searches for Julia. */
    readonly asked: () => number;
    readonly pack: (signal?: AbortSignal) => Promise<PackJob>;
  }

  /**
   * A bundler with a shell script instead of Julia; `$5` is the file for its report, `$HERE` the script's
   * folder.
   */
  const withJulia = (
    script: string | undefined,
    files: Readonly<Record<string, string>>,
    act: (world: World) => Promise<void>,
    more: Partial<FolderBundlerDeps> = {},
  ): Promise<void> =>
    inTemp(async (temp) => {
      const tars = join(temp, 'tars');
      mkdirSync(tars);
      makeFolder(temp, { 'julia.sh': `#!/bin/sh\n${script ?? ''}\n` });
      const folder = makeFolder(join(temp, 'app'), files);
      let asked = 0;
      const bundler = createFolderBundler({
        program,
        tempFolder: tars,
        env: { ...process.env, HERE: temp },
        julia: () => {
          asked++;
          return Promise.resolve(
            script === undefined ? undefined : { program: '/bin/sh', args: [join(temp, 'julia.sh')] },
          );
        },
        ...more,
      });
      const packings: PackJob[] = [];
      const pack = async (signal = never): Promise<PackJob> => {
        const packing = await bundler.pack(folder, 1 << 20, () => undefined, signal);
        packings.push(packing);
        return packing;
      };
      await act({ temp, tars, folder, bundler, asked: () => asked, pack });
      for (const { bundle } of packings) await bundle.then(bundler.discard, () => undefined);
    });

  const lacking = { 'Project.toml': '[deps]\nA = "x"\n' };
  const solving = `printf 'version\\t${hex('1.9')}\\nmanifest\\t${hex('[[A]]\n')}\\nend\\n' > "$5"`;

  it('does not run Julia if the folder is complete, nor for a plan', () =>
    withJulia(
      solving,
      { 'Project.toml': '', 'Manifest.toml': '[[A]]\n' },
      async ({ folder, bundler, pack, asked }) => {
        const packing = await pack();
        const { lockFileSha256 } = await packing.bundle;
        assert.deepEqual([packing.completed, asked()], [undefined, 0]);
        assert.equal(lockFileSha256, sha256('[[A]]\n'));
        makeFolder(folder, { ...lacking, 'Manifest.toml': '' });
        const plan = await bundler.plan(folder, never);
        assert.deepEqual(plan.warnings, ['There is no manifest: Julia will create one, in the bundle only.']);
        assert.equal(asked(), 0);
      },
    ));

  it('returns no manifest hash for a folder without a manifest', () =>
    withJulia(undefined, { 'a.jl': '' }, async ({ pack }) => {
      assert.ok(!('lockFileSha256' in (await (await pack()).bundle)));
    }));

  it("returns the plan first, and Julia's changes before the bundle is complete", () =>
    withJulia(
      `printf '%s\\n' "$@" > "$HERE/args"; ls "\${3#--project=}" > "$HERE/copy"; pwd > "$HERE/cwd"\n${solving}`,
      { ...lacking, 'Artifacts.toml': '' },
      async ({ temp, folder, tars, pack, asked }) => {
        const { plan, completed, bundle } = await pack();
        assert.equal(plan.added, undefined);
        const whole = await completed;
        assert.deepEqual(whole?.added, [
          { path: 'Manifest.toml', files: 1, bytes: 6, why: 'resolved', by: 'Julia' },
        ]);
        const { files, file, lockFileSha256 } = await bundle;
        assert.deepEqual([files, lockFileSha256, asked()], [whole.files, sha256('[[A]]\n'), 1]);
        assert.equal(
          (await readTarFile(file)).find(({ path }) => path === 'app/Manifest.toml')?.content,
          '[[A]]\n',
        );
        const args = readFileSync(join(temp, 'args'), 'utf8').split('\n');
        assert.deepEqual(args.slice(0, 3), ['--startup-file=no', '--color=no', args[2]]);
        assert.equal(args[5], join(folder, 'Artifacts.toml'));
        assert.equal(readFileSync(join(temp, 'cwd'), 'utf8').trim(), args[2]?.slice('--project='.length));
        assert.deepEqual(readdirSync(folder).sort(), ['Artifacts.toml', 'Project.toml']);
        assert.deepEqual(
          readdirSync(join(tars, readdirSync(tars)[0] ?? '')),
          ['bundle.tar'],
          'the copy is gone',
        );
      },
    ));

  const warns = async (
    script: string | undefined,
    text: string,
    more: Partial<FolderBundlerDeps> = {},
  ): Promise<void> =>
    withJulia(
      script,
      lacking,
      async ({ pack }) => {
        const { completed, bundle } = await pack();
        assert.deepEqual((await completed)?.warnings, [
          `There is no manifest, and the job must resolve package versions, because ${text}.`,
        ]);
        assert.equal((await bundle).files, 1);
      },
      more,
    );

  describe('packs the folder', () => {
    it('if Julia is not found', () => warns(undefined, 'Julia was not found on this machine'));

    it('if searching for Julia fails', () =>
      warns('', 'Julia was not found on this machine', { julia: () => Promise.reject(new Error('no')) }));

    it('if Julia cannot be started', () =>
      warns('', 'Julia failed: it does not exist', {
        julia: () => Promise.resolve({ program: '/nowhere/julia', args: [] }),
      }));

    it('if Julia fails, with its own message if there is one', async () => {
      await warns('echo "  | info" >&2; echo "ERROR: no space" >&2; exit 3', 'Julia failed: no space');
      await warns('exit 3', 'Julia failed: exited with 3');
      await warns('kill -11 $$', 'Julia failed: exited with SIGSEGV');
    });

    it('if Julia prints no report', () => warns('', 'Julia exited unexpectedly'));

    it('if Julia prints an invalid report', () => warns('echo x > "$5"', 'Julia exited unexpectedly'));

    it('if Julia times out, and kills it with its child processes', () =>
      withJulia(
        stubborn,
        lacking,
        async ({ temp, pack }) => {
          const { completed } = await pack();
          assert.deepEqual((await completed)?.warnings, [
            'There is no manifest, and the job must resolve package versions, because Julia failed: timed out after 0.5 s.',
          ]);
          await gone(temp);
        },
        { juliaMs: 500 },
      ));
  });

  /** Starts another process that ignores termination requests, and writes the ids of both. */
  const stubborn = `trap '' TERM INT HUP; sleep 60 & echo $$ $! > "$HERE/pids.new"; mv "$HERE/pids.new" "$HERE/pids"; wait`;

  const pidsIn = (temp: string): readonly number[] =>
    readFileSync(join(temp, 'pids'), 'utf8').trim().split(' ').map(Number);

  /** Waits until no process of the script is running, except zombies. */
  async function gone(temp: string): Promise<void> {
    const isAlive = (pid: number): boolean => {
      try {
        return !/^State:\s*Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
      } catch {
        return false;
      }
    };
    for (let tries = 0; pidsIn(temp).some(isAlive); tries++) {
      assert.ok(tries < 100, 'it still runs');
      await wait(20);
    }
  }

  it('kills Julia and its child processes when it is cancelled, and leaves nothing', () =>
    withJulia(stubborn, lacking, async ({ temp, tars, pack }) => {
      const stop = new AbortController();
      const { completed, bundle } = await pack(stop.signal);
      while (!existsSync(join(temp, 'pids'))) await wait(20);
      stop.abort();
      await assert.rejects(bundle, isAbort);
      await assert.rejects(completed ?? Promise.resolve(), isAbort);
      assert.deepEqual(readdirSync(tars), []);
      await gone(temp);
    }));

  it('does not start Julia if it was cancelled during the search', () =>
    withJulia('', lacking, async ({ temp, tars, folder }) => {
      const stop = new AbortController();
      const bundler = createFolderBundler({
        program,
        tempFolder: tars,
        julia: () => {
          stop.abort();
          return Promise.resolve({ program: '/usr/bin/touch', args: [join(temp, 'started')] });
        },
      });
      const { bundle } = await bundler.pack(folder, 1 << 20, () => undefined, stop.signal);
      await assert.rejects(bundle, isAbort);
      assert.deepEqual([existsSync(join(temp, 'started')), readdirSync(tars)], [false, []]);
    }));

  it("rejects a bundle that exceeds the limit only with Julia's result", () =>
    withJulia(
      `mkdir "$HERE/A"; head -c 1048576 /dev/zero > "$HERE/A/big"
printf "package\\t${hex('A')}\\t${hex('AbCdE')}\\t%s\\nend\\n" $(printf %s "$HERE/A" | od -An -tx1 | tr -d ' \\n') > "$5"`,
      lacking,
      async ({ tars, folder, pack }) => {
        const { plan, completed, bundle } = await pack();
        const problem = {
          kind: 'tooBig',
          place: 'Batch Jobs',
          folder,
          bytes: plan.bytes + (1 << 20),
          limitBytes: 1 << 20,
          ignoreFile: '.juliabundleignore',
          largest: [
            { path: '.bundle/depot/packages/A/AbCdE/big', bytes: 1 << 20 },
            { path: 'Project.toml', bytes: plan.bytes },
          ],
        };
        await assert.rejects(bundle, { problem });
        await assert.rejects(completed ?? Promise.resolve(), { problem });
        assert.deepEqual(readdirSync(tars), []);
      },
    ));

  it('stops if a file of an external package changed after the scan', () =>
    withJulia(
      undefined,
      { 'Manifest.toml': '[[A]]\npath = "../A"\n', big: 'x'.repeat(1 << 19) },
      async ({ temp, tars, folder, pack }) => {
        makeFolder(join(temp, 'A'), { 'Project.toml': '', 'zz.jl': '' });
        makeFolder(folder, { 'Artifacts.toml': '' }); // so that it waits before it packs
        const { completed, bundle } = await pack();
        appendFileSync(join(temp, 'A/zz.jl'), 'x');
        await completed;
        await assert.rejects(bundle, {
          problem: { kind: 'changed', path: '.bundle/dev/A/zz.jl', how: 'grew' },
        });
        assert.deepEqual(readdirSync(tars), []);
      },
    ));

  it('creates identical bytes for the same files, in any folder', () =>
    withJulia(
      undefined,
      { 'Manifest.toml': '[[A]]\npath = "../A"\n' },
      async ({ temp, bundler, folder, pack }) => {
        makeFolder(join(temp, 'A'), { 'Project.toml': '', 'src/A.jl': '' });
        const first = await (await pack()).bundle;
        execFileSync('cp', ['-r', join(temp, 'A'), folder, makeFolder(join(temp, 'deep/er'), {})]);
        chmodSync(join(temp, 'deep/er/A/src/A.jl'), 0o600);
        const other = await bundler.pack(join(temp, 'deep/er/app'), 1 << 20, () => undefined, never);
        assert.equal((await other.bundle).sha256, first.sha256);
      },
    ));
});
