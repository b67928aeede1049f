import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { jobIdExpression } from '../../../../../src/backends/slurm/batchFile.js';
import {
  createWrapperScript,
  unstartedPrefix,
} from '../../../../../src/backends/scheduler/submit/wrapperScript.js';
import { inTemp } from '../../../remote/doubles.js';

/** The result of running a batch script. */
interface Ran {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
  /** The files in the job's folder that show that the script was not started. */
  readonly unstarted: readonly string[];
  readonly folder: string;
}

/** The differences between the jobs under test. */
interface Trial {
  readonly profile?: string;
  readonly setup?: string;
  readonly name?: string;
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The working directory of the job, below the folder; default: `work`. */
  readonly at?: string;
}

/** Runs a batch script as Slurm does: from a copy, in the job's working directory. */
async function ran(trial: Trial, check: (ran: Ran) => void): Promise<void> {
  const { profile = '', setup = '', name = 'fit.py', program = 'python3 -u', at = 'work' } = trial;
  await inTemp((root) => {
    const folder = join(root, "it's a folder");
    for (const path of ['home', 'bin', "it's a folder/work", "it's a folder/elsewhere"])
      mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, 'home', '.bash_profile'), `FROM_PROFILE=yes; export FROM_PROFILE\n${profile}\n`);
    for (const tool of ['python3', 'julia']) {
      writeFileSync(
        join(root, 'bin', tool),
        '#!/bin/sh\necho "started in $PWD by $FROM_PROFILE"\nfor one; do echo "<$one>"; done\necho failed >&2\nexit 5\n',
      );
      chmodSync(join(root, 'bin', tool), 0o755);
    }
    const path = `${folder}/work/${name}`;
    writeFileSync(
      join(root, 'slurm_script'),
      createWrapperScript({ name, path, program, jobId: jobIdExpression, directives: [], setup }),
    );
    chmodSync(join(root, 'slurm_script'), 0o700);
    const PATH = [join(root, 'bin'), '/usr/bin', '/bin'].join(delimiter);
    // The system's own profile can set another PATH.
    writeFileSync(
      join(root, 'home', '.bash_profile'),
      `PATH='${PATH}'; FROM_PROFILE=yes; export PATH FROM_PROFILE\n${profile}\n`,
    );
    const done = spawnSync(join(root, 'slurm_script'), trial.args ?? [], {
      cwd: join(folder, at),
      env: { HOME: join(root, 'home'), PATH, SLURM_JOB_ID: '7', ...trial.env },
      input: '',
      encoding: 'utf8',
      timeout: 20_000,
    });
    check({
      output: done.stdout.replaceAll(folder, '<folder>'),
      errors: done.stderr,
      code: done.status,
      unstarted: readdirSync(folder).filter((file) => file.startsWith(unstartedPrefix)),
      folder,
    });
    return Promise.resolve();
  });
}

/** Profiles that would exit or move a job, and which of their settings reach it. */
const profiles: Readonly<Record<string, string>> = {
  'changes the folder': 'cd /',
  'defines a cd function that prints': 'cd() { builtin cd "$@" && echo moved; }; cd /',
  'sets errexit': 'set -e',
  'sets errexit, and a command fails': 'set -e\nfalse\nexport FROM_PROFILE=yes',
  'sets all strict modes': 'set -euo pipefail -o noclobber; set -f',
  'replaces the shell': '[ -n "$ZSH_VERSION" ] || exec dash',
  'replaces the shell with a login shell': 'exec -l sh',
  'replaces the shell with a failing program': 'exec false',
  exits: 'exit 0',
  'exits unless it is interactive': 'case $- in *i*) ;; *) exit ;; esac',
  'returns early': 'return 0',
  'kills its shell': 'kill -9 $$',
  'sets traps': `trap 'echo bye; exit 0' EXIT; trap '' TERM; trap 'echo trapped' DEBUG ERR`,
  'redirects the output': 'exec > /dev/null 2>&1',
  'changes IFS': 'IFS=/',
  'defines exec and exit functions': 'exec() { echo no; }; exit() { echo no; }; builtin() { echo no; }',
  'reads stdin': 'cat; read line',
  'starts a background program that keeps its output open': 'sleep 1 &',
  'opens files with descriptors that are usual for locks':
    'for n in 3 7 8 9 99 100 200 255; do eval "exec $n> /dev/null"; done',
  'unsets the variables of the job': 'unset ${!SLURM_@}',
  'has no path': 'unset PATH',
  'has an empty path': 'PATH=',
  'has aliases': 'shopt -s expand_aliases; alias python3=false exec=false',
};

describe('a script in another language', () => {
  for (const [name, profile] of Object.entries(profiles))
    it(`runs by its absolute path in its working directory, although the profile ${name}`, async function () {
      this.timeout(30_000);
      await ran({ profile, args: ['a b'] }, ({ output, errors, code, unstarted }) => {
        const lines = output.trim().split('\n');
        assert.deepEqual(
          lines.slice(lines.findIndex((line) => line.startsWith('started'))).slice(1, 4),
          ['<-u>', '<<folder>/work/fit.py>', '<a b>'],
          output + errors,
        );
        assert.match(output, /started in <folder>\/work by/);
        assert.match(errors, /failed/);
        assert.equal(code, 5);
        assert.deepEqual(unstarted, []);
      });
    });

  it('gets the settings of the profile, also those before and after a statement that would have ended it', async () => {
    for (const profile of ['', 'cd /', 'exec dash', 'exit 0', 'set -e\nfalse\nexport MORE=1'])
      await ran({ profile }, ({ output }) => assert.match(output, /by yes/, profile));
  });

  it('runs in its working directory, not next to the script', async () => {
    await ran({ at: 'elsewhere', profile: 'cd /' }, ({ output }) => {
      assert.match(output, /started in <folder>\/elsewhere by yes/);
      assert.match(output, /<<folder>\/work\/fit.py>/);
    });
  });

  it('prints a warning if a profile is sourced without its exec and exit', async () => {
    await ran({ profile: 'exec dash' }, ({ errors }) => assert.match(errors, /without its exec and exit/));
    await ran({ profile: 'kill -9 $$' }, ({ errors }) => assert.match(errors, /runs without it/));
    await ran({}, ({ errors }) => assert.equal(errors, 'failed\n'));
  });

  it('is not affected by variables and functions that bash would import from the environment', async () => {
    await inTemp(async (folder) => {
      writeFileSync(join(folder, 'env'), 'exit 0\n');
      const env = { BASH_ENV: join(folder, 'env'), 'BASH_FUNC_rm%%': '() { :; }', CDPATH: '/usr' };
      await ran({ env }, ({ code, unstarted }) => assert.deepEqual([code, unstarted], [5, []]));
    });
  });

  it('gets its name and arguments unchanged', async () => {
    const name = "sub/-it's $(touch x).py";
    await ran({ name, args: ['$x', '*', ''] }, ({ output }) => {
      assert.match(output, /<<folder>\/work\/sub\/-it's \$\(touch x\)\.py>\n<\$x>\n<\*>\n<>\n$/);
    });
  });

  it('has no internal variables in its environment', async () => {
    await ran({ program: 'env #' }, ({ output }) => assert.ok(!output.includes('BATCH_JOBS'), output));
  });

  it('in Julia runs in the project next to it, regardless of the working directory', async () => {
    await ran({ name: 'fit.jl', program: 'julia', at: 'elsewhere' }, ({ output }) => {
      assert.match(output, /^started[^\n]*\n<<folder>\/work\/fit.jl>\n$/);
    });
    const setup = 'touch ../work/Project.toml';
    await ran({ name: 'fit.jl', program: 'julia', at: 'elsewhere', setup }, ({ folder, output }) => {
      assert.ok(existsSync(join(folder, 'work', 'Project.toml')));
      assert.match(output, /started/);
    });
  });
});

describe('a script that never starts', () => {
  it('fails if the commands before it end the job', async () => {
    for (const [setup, code] of [
      ['exit 0', 86],
      ['exit 3', 3],
      ['set -e; false', 1],
    ] as const)
      await ran({ setup }, (told) => {
        assert.equal(told.code, code);
        assert.match(told.errors, /it was not started/);
        assert.deepEqual(told.unstarted, ['.unstarted-7']);
      });
  });

  it('is detected by a file if another program replaced its shell', async () => {
    await ran({ setup: 'exec true' }, ({ code, unstarted }) => {
      assert.deepEqual([code, unstarted], [0, ['.unstarted-7']]);
    });
    const env = { SLURM_ARRAY_JOB_ID: '6', SLURM_ARRAY_TASK_ID: '2' };
    await ran({ setup: 'exec true', env }, ({ unstarted }) =>
      assert.deepEqual(unstarted, ['.unstarted-6_2']),
    );
    await ran({ setup: 'cd /', env }, ({ unstarted, code }) => assert.deepEqual([unstarted, code], [[], 5]));
  });
});
