import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  toRemoteScript,
  isVariableName,
  isExcludedVariable,
  createMarks,
  quoteWord,
  buildScript,
} from '../../../src/remote/quoting.js';

/** Possible login shells; those that are not installed are skipped, and the first three exist everywhere. */
const shells = ['sh', 'bash', 'dash', 'zsh', 'csh', 'tcsh', 'fish', 'ksh'].filter(
  (shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0,
);

const hostile = [
  '',
  ' ',
  "it's",
  "''",
  '"',
  '$HOME $(id) `id` ${PATH}',
  '!! !$ !1',
  'a\nb\n',
  '\n',
  '\r\n\t',
  '\\',
  '\\\\n\\c\\0101',
  '%s %d %%',
  '-n',
  '--',
  '*?[a-z]{a,b}',
  '~root',
  '; touch /tmp/never; # & | < > ( )',
  'ünï 日本 🙂',
  '\u001b[31m\u0007\u007f',
  '^a^b',
  '#',
  'a=b',
];

const key = '1';
const marks = createMarks(key);
const run = (shell: string, script: string, env: NodeJS.ProcessEnv = process.env, more = '') => {
  const { text, input } = toRemoteScript(script);
  return spawnSync(shell, ['-c', text], { encoding: 'utf8', env, input: input + more });
};
const print = ['node', '-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--'];
const afterMark = (text: string): string =>
  text.slice(
    text.indexOf(`${marks.output}\n`) + marks.output.length + 1,
    text.lastIndexOf(`${marks.output} `),
  );

describe('quoting for shells', () => {
  it('finds the shells that exist everywhere', () => {
    assert.ok(shells.includes('sh') && shells.includes('bash'), shells.join());
  });

  for (const shell of shells)
    it(`passes arguments and variables unchanged, with ${shell} as the login shell`, () => {
      const env = Object.fromEntries(hostile.map((value, at) => [`X${at}`, value]));
      const argv = [
        'node',
        '-e',
        'process.stdout.write(JSON.stringify([process.argv.slice(1), Object.keys(process.env).filter((n) => /^X\\d+$/.test(n)).map((n) => [n, process.env[n]])]))',
        '--',
        ...hostile,
      ];
      const { stdout, stderr, status } = run(shell, buildScript({ argv, env }, key));
      assert.equal(status, 0, stderr);
      const [args, vars] = JSON.parse(afterMark(stdout)) as [string[], [string, string][]];
      assert.deepEqual(args, hostile);
      assert.deepEqual(Object.fromEntries(vars), env);
      assert.equal(stderr, `${marks.errors}\n${marks.errors} 0\n`);
    });

  for (const shell of shells)
    it(`passes what is too long for an argument, and the input after it, with ${shell} as the login shell`, () => {
      const value = `it's "${'ü!$'.repeat(20_000)}"`;
      const argv = ['sh', '-c', 'printf %s "$X"; cat', 'sh', 'a'.repeat(100_000)];
      const { stdout, stderr, status } = run(
        shell,
        buildScript({ argv, env: { X: value } }, key),
        process.env,
        'in\n',
      );
      assert.equal(status, 0, stderr);
      assert.equal(afterMark(stdout), `${value}in\n`);
      const { text } = toRemoteScript(buildScript({ argv, env: { X: value } }, key));
      assert.ok(text.length < 1_000, 'the argument stays short');
    });

  for (const [what, env] of [
    ['options', { SHELLOPTS: 'errexit:nounset:noglob:verbose:xtrace' }],
    ['functions', { 'BASH_FUNC_ls%%': '() { echo mine; }', 'BASH_FUNC_my_tool%%': '() { echo mine; }' }],
    ['CDPATH', { CDPATH: '/tmp:/' }],
  ] as const)
    it(`is not affected by ${what} exported by a login shell`, () => {
      const command = 'false; echo "${UNSET-}" * | wc -l; cd usr 2>/dev/null; ls -d /usr';
      const script = buildScript({ argv: ['sh', '-c', command], without: ['A_*'] }, key);
      const { text } = toRemoteScript(script);
      // With bash as the system's sh, as on most clusters.
      const bash = text.replace('exec /bin/sh', 'exec /bin/bash --posix');
      const { stdout, status } = spawnSync('bash', ['-c', bash], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      assert.equal(status, 0);
      assert.equal(afterMark(stdout), '1\n/usr\n');
    });

  it('quotes a word for a POSIX shell', () => {
    for (const word of hostile)
      assert.equal(execFileSync('sh', ['-c', `printf %s ${quoteWord(word)}`], { encoding: 'utf8' }), word);
  });

  it('returns the exit code after the output of the command itself', () => {
    const { stderr, status } = run('sh', buildScript({ argv: ['sh', '-c', 'echo no >&2; exit 3'] }, key));
    assert.deepEqual([stderr, status], [`${marks.errors}\nno\n${marks.errors} 3\n`, 3]);
  });

  it('reports a missing program, and does not infer it from an exit code', () => {
    assert.equal(
      run('sh', buildScript({ argv: ['no-such-program', 'x'] }, key)).stderr,
      `${marks.errors}\n${marks.errors} missing\n`,
    );
    const own = run('sh', buildScript({ argv: ['sh', '-c', 'echo not found >&2; exit 127'] }, key));
    assert.equal(own.stderr, `${marks.errors}\nnot found\n${marks.errors} 127\n`);
  });

  it('searches the folder of programs first, regardless of the PATH that the command receives', () => {
    const command = { argv: [...print, 'x'], env: { PATH: '/nowhere', UID: '7', PPID: '8' } };
    const { stdout, stderr } = run('sh', buildScript(command, key));
    assert.equal(afterMark(stdout), '["x"]', stderr);
    const found = run('sh', buildScript({ argv: ['sh', '-c', 'echo $PATH'], path: "/it's here" }, key));
    assert.match(afterMark(found.stdout), /^\/it's here:\//);
  });

  it('removes variables by name and by prefix', () => {
    const env = {
      ...process.env,
      SQUEUE_FORMAT: 'x\nSQUEUE_B=1',
      SQUEUE_: '1',
      SLURM_CONF: 'c',
      SLURM_CLUSTERS: 'd',
    };
    const script = buildScript({ argv: ['env'], without: ['SQUEUE_*', 'SLURM_CLUSTERS'] }, key);
    const names = run('sh', script, env).stdout.match(/^(SQUEUE|SLURM)_\w*=/gm);
    assert.deepEqual(names, ['SLURM_CONF=']);
  });

  it('rejects what no shell can pass', () => {
    assert.throws(() => buildScript({ argv: ['a'], env: { 'A B': '' } }, key), RangeError);
    assert.throws(() => toRemoteScript(buildScript({ argv: ['a\0b'] }, key)), RangeError);
    assert.deepEqual(['A', '_a1', '1a', 'a-b', '', 'a\n'].map(isVariableName), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('recognizes unwanted variables', () => {
    assert.deepEqual(
      ['A_B', 'A', 'AB', 'C', 'CD'].map((name) => isExcludedVariable(name, ['A_*', 'C'])),
      [true, false, false, true, false],
    );
  });
});
