import assert from 'node:assert/strict';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../../src/backends/hosts/run.js';
import { sshHost, type SshHost } from '../../../../src/backends/hosts/sshHost.js';
import type { AskUser, Clock } from '../../../../src/core/ports.js';
import { isAbort, JobError } from '../../../../src/core/problem.js';
import { plainSay as say } from '../../../../src/core/say.js';
import { systemClock } from '../../../../src/store/systemClock.js';
import { settle } from '../../../fakes/clock.js';
import { inTemp, keptLog, never, problemOf, until } from './doubles.js';

/**
 * A program in the place of ssh: as the one connection it makes the socket (a file here) and lives as long as its input;
 * else it runs the text for the login shell. Each call is written down.
 */
const fakeSsh = `#!/bin/sh
here=$(dirname "$0")
for last; do :; done
master= socket= config=
while [ $# -gt 0 ]; do
  case $1 in -M) master=1;; -S) socket=$2; shift;; -F) config=$2; shift;; esac
  shift
done
if [ -n "$master" ]; then
  echo "master $config" >>"$here/calls"
  . "$here/opening"
  : >"$socket"
  cat >/dev/null
  rm -f "$socket"
else
  echo "command" >>"$here/calls"
  . "$here/greeting"
  exec "$(cat "$here/shell")" -c "$last"
fi
`;

/** The waits of over a second are the test's to end. */
function handClock(): {
  readonly clock: Clock;
  readonly pass: () => Promise<void>;
  readonly waiting: () => number;
} {
  const waiting = new Set<() => void>();
  return {
    clock: {
      now: () => new Date(),
      sleep: (ms, signal) =>
        ms < 1_000
          ? systemClock.sleep(ms, signal)
          : new Promise((resolve, reject) => {
              waiting.add(resolve);
              signal.addEventListener('abort', () => {
                waiting.delete(resolve);
                reject(new DOMException('Aborted', 'AbortError'));
              });
            }),
    },
    pass: async () => {
      for (const wake of [...waiting]) wake();
      await settle();
    },
    waiting: () => waiting.size,
  };
}

interface World {
  readonly host: SshHost;
  readonly sh: (
    script: string,
    signal?: AbortSignal,
  ) => Promise<{ output: string; code: number; errors: string }>;
  readonly calls: () => Promise<readonly string[]>;
  readonly put: (name: 'opening' | 'greeting' | 'shell', text: string) => Promise<void>;
  readonly time: ReturnType<typeof handClock>;
}

const world = (
  test: (world: World) => Promise<void>,
  ask: AskUser = () => Promise.resolve(undefined),
): Promise<void> =>
  inTemp(async (folder) => {
    const put: World['put'] = (name, text) => writeFile(join(folder, name), text);
    await put('opening', '');
    await put('greeting', '');
    await put('shell', 'sh');
    await writeFile(join(folder, 'ssh'), fakeSsh);
    await chmod(join(folder, 'ssh'), 0o700);
    await writeFile(join(folder, 'ask.cjs'), askScript);
    const helper = { program: process.execPath, args: [join(folder, 'ask.cjs')], env: {} };
    const time = handClock();
    const before = await ourFolders();
    const host = sshHost({
      program: join(folder, 'ssh'),
      configFile: '/my config',
      host: 'alpha',
      place: 'Slurm on alpha',
      env: process.env,
      helper,
      ask,
      clock: time.clock,
      log: keptLog().log,
      say,
    });
    await test({
      host,
      sh: (script, signal = never) =>
        run(host, { argv: ['sh', '-c', script] }, { ms: 20_000, clock: systemClock, say }, signal),
      calls: async () => (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).trim().split('\n'),
      put,
      time,
    });
    // Nothing of any connection stays behind.
    host.close();
    await until(async () => (await ourFolders()).every((name) => before.includes(name)));
  });

const ourFolders = async (): Promise<readonly string[]> =>
  (await readdir(tmpdir())).filter((name) => /^bj-[A-Za-z0-9]{6}$/.test(name));

const askScript = `
const { connect } = require('node:net');
const { BATCH_JOBS_ASKPASS: at, BATCH_JOBS_ASKPASS_KEY: key } = process.env;
const socket = connect(at, () => socket.write(JSON.stringify({ key, text: process.argv.at(-1) }) + '\\n'));
socket.on('data', (part) => {
  const { answer } = JSON.parse(part);
  if (answer === undefined) process.exit(1);
  console.log(answer);
});`;

describe('a host behind ssh', () => {
  for (const shell of ['sh', 'bash', 'dash'])
    it(`runs programs and tells how they ended, where ${shell} is the login shell`, () =>
      world(async ({ host, sh, put }) => {
        await put('shell', shell);
        const options = { ms: 20_000, clock: systemClock, say };
        const argv = ['printf', '%s|', 'a b', "c'd", '$x\n', '-n'];
        assert.deepEqual(await run(host, { argv }, options, never), {
          output: "a b|c'd|$x\n|-n|",
          errors: '',
          code: 0,
        });
        assert.deepEqual(await sh('cat; echo no >&2; exit 3'), { output: '', errors: 'no\n', code: 3 });
        const input = 'x'.repeat(300_000);
        assert.equal((await run(host, { argv: ['cat'] }, { ...options, input }, never)).output, input);
      }));

  it('opens one connection for all, also for many at once', () =>
    world(async ({ sh, calls }) => {
      await Promise.all([sh('true'), sh('true'), sh('true')]);
      await sh('true');
      const all = await calls();
      assert.equal(all.filter((call) => call.startsWith('master')).length, 1);
      assert.equal(all.filter((call) => call === 'command').length, 4);
      assert.equal(all[0], 'master /my config');
    }));

  it('minds no greeting of a login shell', () =>
    world(async ({ sh, put }) => {
      await put('greeting', 'yes Welcome | head -c 200000; echo; echo Disk quota >&2; echo 7 >&2');
      assert.deepEqual(await sh('echo a; echo b >&2'), { output: 'a\n', errors: 'b\n', code: 0 });
    }));

  it('says that a program is not there, and that the way to it broke', () =>
    world(async ({ host, sh, put }) => {
      const options = { ms: 20_000, clock: systemClock, say };
      assert.deepEqual(await problemOf(run(host, { argv: ['no-such'] }, options, never)), {
        kind: 'missingTool',
        tool: 'no-such',
        for: 'alpha',
      });
      await put('greeting', 'echo "client_loop: send disconnect: Broken pipe" >&2; exit 255');
      assert.deepEqual(await problemOf(sh('echo a')), {
        kind: 'offline',
        place: 'Slurm on alpha',
        why: 'the connection was dropped',
      });
    }));

  it('does not take a part for the whole: without its end mark an answer is none', () =>
    world(async ({ sh }) => {
      assert.equal((await problemOf(sh('kill -9 $PPID; echo part'))).kind, 'offline');
    }));

  it('says why it cannot connect, and tries again with the next command', () =>
    world(async ({ sh, put, calls }) => {
      await put('opening', 'echo "ssh: connect to host alpha port 22: Connection refused" >&2; exit 255');
      assert.deepEqual(await problemOf(sh('true')), {
        kind: 'offline',
        place: 'Slurm on alpha',
        why: 'Connection refused',
      });
      await put('opening', '');
      assert.equal((await sh('echo a')).output, 'a\n');
      assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 2);
    }));

  it('asks the user once, goes on with the answer, and then stays connected', async () => {
    const asked: string[] = [];
    await world(
      async ({ sh, put, time, calls }) => {
        await put('opening', '[ "$("$SSH_ASKPASS" "Password: ")" = right ] || exit 255');
        await Promise.all([sh('true'), sh('true')]);
        assert.deepEqual(asked, ['Slurm on alpha: Password: ']);
        await time.pass();
        await sh('true');
        assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 1);
      },
      async ({ place, text }) => {
        asked.push(`${place}: ${text}`);
        return 'right';
      },
    );
  });

  for (const [answer, opening, why] of [
    [undefined, '"$SSH_ASKPASS" "Password: " || exit 255', 'the question of ssh was left without an answer'],
    [
      'wrong',
      '"$SSH_ASKPASS" "Password: " >/dev/null; echo "a@b: Permission denied (password)." >&2; exit 255',
      'it does not let you in: Permission denied (password). Check the user, the key and the agent with ssh in a terminal',
    ],
  ] as const)
    it(`asks no second time after the user ${answer === undefined ? 'left it' : 'was not let in'}, until they want it`, async () => {
      let asked = 0;
      await world(
        async ({ host, sh, put, calls }) => {
          await put('opening', opening);
          const problem = { kind: 'offline', place: 'Slurm on alpha', why };
          assert.deepEqual(await problemOf(sh('true')), problem);
          assert.deepEqual(await problemOf(sh('true')), problem);
          assert.equal(asked, 1);
          assert.equal((await calls()).length, 1);
          host.anew();
          assert.deepEqual(await problemOf(sh('true')), problem);
          assert.equal(asked, 2);
        },
        async () => {
          asked++;
          return answer;
        },
      );
    });

  it('is left by who stops waiting while it connects, and by nobody else', () =>
    world(async ({ sh, put, calls }) => {
      await put('opening', 'sleep 0.4');
      const stop = new AbortController();
      const stopped = sh('true', stop.signal);
      const other = sh('echo a');
      await until(async () => (await calls())[0] !== '');
      stop.abort();
      await assert.rejects(stopped, isAbort);
      assert.equal((await other).output, 'a\n');
    }));

  it('closes the connection when nobody has used it for a while, and opens it anew', () =>
    world(async ({ sh, time, calls }) => {
      await sh('true');
      await until(() => time.waiting() === 1);
      await time.pass();
      await sh('true');
      assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 2);
    }));

  it('keeps the connection while a program runs', () =>
    world(async ({ host, sh, time, calls }) => {
      const stop = new AbortController();
      const { end, input } = await host.start({ argv: ['cat'] }, stop.signal);
      await sh('true');
      assert.equal(time.waiting(), 0);
      input.end();
      await end;
      assert.equal(time.waiting(), 1);
      assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 1);
    }));

  it('lets a program go whose output nobody reads any more', () =>
    world(async ({ host }) => {
      const { output, end } = await host.start({ argv: ['yes'] }, never);
      for await (const part of output) {
        assert.ok(part);
        break;
      }
      await end.catch((error: unknown) => assert.ok(error instanceof JobError));
    }));

  it('starts nothing that it cannot hand on, and forgets nobody who uses it', () =>
    world(async ({ host, sh, time }) => {
      await sh('true');
      await assert.rejects(host.start({ argv: ['a\0b'] }, never), RangeError);
      await sh('true');
      await until(() => time.waiting() === 1);
    }));

  it('says that there is no ssh', async () => {
    const host = sshHost({
      program: '/no/such/ssh',
      configFile: '',
      host: 'alpha',
      place: 'Slurm',
      env: process.env,
      helper: { program: '', args: [], env: {} },
      ask: () => Promise.resolve(undefined),
      clock: systemClock,
      log: keptLog().log,
      say,
    });
    const before = await ourFolders();
    assert.deepEqual(await problemOf(host.start({ argv: ['true'] }, never)), {
      kind: 'missingTool',
      tool: '/no/such/ssh',
      for: 'Slurm',
    });
    assert.deepEqual(await ourFolders(), before);
  });
});
