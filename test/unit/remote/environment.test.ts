import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalHost } from '../../../src/remote/localHost.js';
import { runOnHost } from '../../../src/remote/runOnHost.js';
import { createSshHost } from '../../../src/remote/sshHost.js';
import { runJulia } from '../../../src/bundle/julia/runJulia.js';
import { systemClock as clock } from '../../../src/lib/node/systemClock.js';
import { inTemp, keptLog, never } from './doubles.js';

const mount = '/tmp/.mount_CodeX1';
const { PATH = '' } = process.env;

/** The environment of an editor that runs from an AppImage started by a snap's terminal. */
const editorEnv = {
  ...process.env,
  APPDIR: mount,
  APPIMAGE: '/home/ada/Code.AppImage',
  SNAP: '/snap/code/1',
  PATH: `${mount}/usr/bin:/snap/code/1/bin:${PATH}`,
  LD_LIBRARY_PATH: `${mount}/usr/lib`,
  XDG_DATA_DIRS: '/snap/code/1/share',
  XDG_DATA_DIRS_VSCODE_SNAP_ORIG: '/usr/share',
  VSCODE_PID: '1',
};

/** The environment variables that a program printed. */
const check = (text: string): void => {
  const found = new Map(
    text.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)] as const),
  );
  for (const name of ['APPDIR', 'APPIMAGE', 'SNAP', 'LD_LIBRARY_PATH', 'VSCODE_PID'])
    assert.equal(found.get(name), undefined, name);
  assert.equal(found.get('XDG_DATA_DIRS'), '/usr/share');
  assert.ok(found.get('PATH')?.startsWith(PATH.split(':')[0] ?? ''), found.get('PATH'));
};

describe('programs that run for the user', () => {
  it("receive no variables of the editor's package, on this machine", async () => {
    const host = createLocalHost('here', editorEnv);
    check((await runOnHost(host, { argv: ['env'] }, { ms: 10_000, clock }, never)).output);
  });

  it('receive none if they are ssh', () =>
    inTemp(async (folder) => {
      const program = join(folder, 'ssh');
      const script = `#!/bin/sh
for last; do :; done
master= socket= asks=
while [ $# -gt 0 ]; do
  case $1 in -M) master=1;; -S) socket=$2; shift;; -G|-O) asks=1;; esac
  shift
done
if [ -n "$asks" ]; then exit 255; fi
if [ -n "$master" ]; then
  env >${folder}/master
  : >"$socket"
  exec sleep 60
else
  env >${folder}/command
  exec sh -c "$last"
fi
`;
      await writeFile(program, script);
      await chmod(program, 0o755);
      const { log } = keptLog();
      const host = createSshHost({
        program,
        configFile: '',
        host: 'alpha',
        place: 'Alpha',
        env: editorEnv,
        helper: { program: process.execPath, args: [], env: {} },
        ask: () => Promise.resolve(undefined),
        clock,
        log,
      });
      try {
        await runOnHost(host, { argv: ['true'] }, { ms: 10_000, clock }, never);
        check(await readFile(join(folder, 'master'), 'utf8'));
        check(await readFile(join(folder, 'command'), 'utf8'));
      } finally {
        host.close();
      }
    }));

  it('receive none if they are julia', () =>
    inTemp(async (folder) => {
      const program = join(folder, 'julia');
      await writeFile(program, `#!/bin/sh\nenv >${folder}/said\n`);
      await chmod(program, 0o755);
      const copy = join(folder, 'copy');
      await mkdir(join(folder, 'project'));
      const need = { copy: {}, artifacts: [] } as unknown as Parameters<typeof runJulia>[0];
      const julia = () => Promise.resolve({ program, args: [] });
      await runJulia(need, { julia, env: editorEnv }, copy, never);
      check(await readFile(join(folder, 'said'), 'utf8'));
    }));
});
