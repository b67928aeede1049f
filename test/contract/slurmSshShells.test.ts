import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { cluster, sshServer, type SshServer } from '../engines/cluster.js';
import type { loginShells } from '../engines/sshd.mjs';
import { overSsh, tidied, type OverSsh } from './slurmSsh.js';
import { ended, linesOf, never, submit, wholeLog } from './subject.js';
import { listFiles, listJobs } from '../fakes/backendCalls.js';

const noise = 'echo before; echo before >&2; printf "no line end"; printf "no line end" >&2';
const exported = [
  'export CDPATH=/tmp:/ TAR_OPTIONS=--verbose LS_BLOCK_SIZE=1K BLOCK_SIZE=1K QUOTING_STYLE=c CLICOLOR_FORCE=1',
  "export PS1='$(date)> ' PROMPT_COMMAND='echo prompt'",
];
const aliases = ["alias ls='ls -la --color=always' cat='cat -A' head='head -n 1' sh='sh -x' exec='echo'"];

/** Start-up files, below the home folder, that print wherever possible and change whatever they can. */
const profiles: Readonly<Record<keyof typeof loginShells, Readonly<Record<string, readonly string[]>>>> = {
  bash: {
    '.bashrc': [
      noise,
      "trap 'echo after; echo after >&2' EXIT",
      ...[...exported, ...aliases.map((line) => line.replace(" exec='echo'", '')), 'shopt -s expand_aliases'],
      'ls() { echo mine; }; export -f ls; cat() { echo mine; }; export -f cat',
      'cd /tmp; sleep 2 & set -eu; export SHELLOPTS',
    ],
  },
  // It reads no file unless it is a login shell.
  dash: { '.profile': [noise], '.shinit': [noise] },
  zsh: {
    '.zshenv': [
      noise,
      "trap 'echo after; echo after >&2' EXIT",
      ...[...exported, ...aliases.map((line) => line.replace(" exec='echo'", ''))],
      'ls() { echo mine; }; cat() { echo mine; }',
      'cd /tmp; sleep 2 &; setopt err_exit no_unset',
    ],
  },
  csh: { '.cshrc': csh('.cshrc') },
  tcsh: { '.tcshrc': csh('.tcshrc') },
  fish: {
    '.config/fish/config.fish': [
      noise,
      'function later --on-event fish_exit; echo after; echo after >&2; end',
      'function ls; echo mine; end; function cat; echo mine; end; function sh; echo mine; end',
      'function fish_prompt; echo prompt; end',
      'set -gx CDPATH /tmp /; set -gx TAR_OPTIONS --verbose; set -gx BLOCK_SIZE 1K; set -gx QUOTING_STYLE c',
      'cd /tmp; sleep 2 &',
    ],
  },
};

function csh(name: string): readonly string[] {
  return [
    `echo before ${name}; /bin/sh -c 'echo before >&2; printf "no line end"'`,
    "alias ls 'ls -la --color=always'; alias cat 'cat -A'; alias sh 'sh -x'; alias eval 'echo'",
    "set prompt='%~ > '; alias precmd 'echo prompt'; set echo_style=both",
    'setenv CDPATH /tmp:/; setenv TAR_OPTIONS --verbose; setenv BLOCK_SIZE 1K; setenv QUOTING_STYLE c',
    'cd /tmp; sleep 2 &',
  ];
}

describe('Slurm over SSH: output and changes of a login shell', () => {
  let server: SshServer;
  let ends: (() => Promise<void>)[];
  let written: string[];
  before(async function () {
    this.timeout(240_000);
    server = await sshServer(await cluster('accounting'));
  });
  beforeEach(() => {
    ends = [];
    written = [];
  });
  afterEach(async function () {
    for (const file of written) rmSync(file, { force: true });
    await server.setShell('/bin/bash');
    await tidied(server, ends, this.currentTest);
  });
  const withShell = async (shell: keyof typeof loginShells): Promise<OverSsh> => {
    for (const [name, lines] of Object.entries(profiles[shell])) {
      const file = join(server.home, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${lines.join('\n')}\n`);
      written.push(file);
    }
    const to = await overSsh(server);
    await server.setShell(`/usr/bin/${shell}`);
    ends.push(to.end);
    return to;
  };

  for (const shell of ['bash', 'dash', 'zsh', 'csh', 'tcsh', 'fish'] as const)
    it(`do not affect listing, submitting, logs, or downloads with ${shell}`, async function () {
      this.timeout(60_000);
      const { backend } = await withShell(shell);
      assert.ok(Array.isArray((await listJobs(backend, 20, never)).jobs));
      const lines = ['one', 'two', 'three'];
      const text = `#!/bin/bash\nprintf '%s\\n' ${lines.join(' ')}\nprintf 'a\\0b' >result.bin\nsleep 1\n`;
      const id = await submit(backend, { name: 'job.sh', text });
      const subject = { backend, patienceMs: 30_000 };
      const { state } = await ended(subject, id);
      assert.equal(state.kind === 'ended' && state.outcome, 'completed', JSON.stringify(state));
      assert.deepEqual(linesOf(await wholeLog(backend, id)), lines);
      const files = await listFiles(backend, id, never);
      const result = files.find(({ name }) => name === 'result.bin');
      assert.ok(result, JSON.stringify(files));
      assert.equal(result.bytes, 3);
      const parts = backend.files?.read?.(id, result, never);
      assert.ok(parts);
      assert.equal((await buffer(Readable.from(parts))).toString('latin1'), 'a\0b');
      assert.equal((await backend.files?.script?.(id, never))?.text, text);
    });
});
