import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { createLocalHost } from '../../../src/remote/localHost.js';
import { runOnHost, type HostRunOptions } from '../../../src/remote/runOnHost.js';
import type { HostCommand, Host } from '../../../src/remote/host.js';
import { isAbort, JobError } from '../../../src/core/domain/problem.js';
import { systemClock as clock } from '../../../src/lib/node/systemClock.js';
import { fakeClock, settle } from '../../fakes/clock.js';
import { never, problemOf, until } from './doubles.js';

const here = createLocalHost('here', process.env);
const options: HostRunOptions = { ms: 20_000, clock };
const sh = (script: string, more: Partial<HostCommand> = {}): HostCommand => ({
  argv: ['sh', '-c', script],
  ...more,
});

/** A host that exposes the signal that a program received. */
function listening(host: Host): { readonly host: Host; readonly stopped: () => boolean } {
  let its: AbortSignal | undefined;
  return {
    host: { ...host, start: (command, signal) => host.start(command, (its = signal)) },
    stopped: () => its?.aborted === true,
  };
}

describe('running a program until it exits', () => {
  it('returns its output, its error output, and its exit code', async () => {
    const ran = await runOnHost(
      here,
      sh('cat; echo oops >&2; exit 4'),
      { ...options, input: 'ünï\n' },
      never,
    );
    assert.deepEqual(ran, { output: 'ünï\n', errors: 'oops\n', code: 4 });
  });

  it('passes long arguments and variables, and reports one that cannot be passed', async () => {
    const long = 'ü'.repeat(60_000);
    const ran = await runOnHost(here, sh('printf %s "$X$0"', { env: { X: long } }), options, never);
    assert.equal(ran.output, `${long}sh`);
    const tooLong = 'a'.repeat(140_000);
    assert.match(
      JSON.stringify(
        await problemOf(runOnHost(here, sh('true', { env: { A: 'a', LONG: tooLong } }), options, never)),
      ),
      /"kind":"invalid".*The variable LONG exceeds the 128 KB/,
    );
    assert.match(
      JSON.stringify(await problemOf(runOnHost(here, { argv: ['true', 'a', tooLong] }, options, never))),
      /"kind":"invalid".*The argument .*aaa….* exceeds the 128 KB/,
    );
    const many = Array.from({ length: 60 }, () => 'a'.repeat(100_000));
    assert.match(
      JSON.stringify(await problemOf(runOnHost(here, { argv: ['true', ...many] }, options, never))),
      /"kind":"invalid".*arguments and environment variables of true are too long in total/,
    );
  });

  it('reports a signal like a shell', async () => {
    assert.equal((await runOnHost(here, sh('kill -9 $$'), options, never)).code, 137);
  });

  it('ignores that a program does not read all of its input', async () => {
    const input = Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(65_536)));
    assert.equal((await runOnHost(here, sh('exit 5'), { ...options, input }, never)).code, 5);
    assert.ok(input.destroyed, 'reading has stopped');
  });

  for (const input of ['', 'more than nothing'])
    it(`ignores that a program has exited before it receives ${input === '' ? 'no' : 'its'} input`, async () => {
      for (const close of ['destroy', 'end'] as const) {
        const late: Host = {
          ...here,
          start: async (command, signal) => {
            const running = await here.start(command, signal);
            await running.end;
            running.input[close]();
            await settle();
            return running;
          },
        };
        assert.equal((await runOnHost(late, sh('exit 3'), { ...options, input }, never)).code, 3);
      }
    });

  it('fails with the error of its input, also before the program has started', async () => {
    const broken = new JobError({ kind: 'disk', path: '/x', why: 'read error' });
    const early = new Readable({ read: () => undefined });
    const slow: Host = {
      ...here,
      start: async (command, signal) => {
        await settle();
        return here.start(command, signal);
      },
    };
    setImmediate(() => early.destroy(broken));
    await assert.rejects(runOnHost(slow, sh('cat'), { ...options, input: early }, never), broken);
  });

  it('releases its input if the program cannot be started', async () => {
    const input = new Readable({ read: () => undefined });
    const cut: Host = {
      ...here,
      start: () => Promise.reject(new JobError({ kind: 'offline', place: 'x', why: 'y' })),
    };
    assert.equal((await problemOf(runOnHost(cut, sh('cat'), { ...options, input }, never))).kind, 'offline');
    assert.ok(input.destroyed);
  });

  it('reports which program is missing', async () => {
    assert.deepEqual(await problemOf(runOnHost(here, { argv: ['no-such-program'] }, options, never)), {
      kind: 'missingTool',
      tool: 'no-such-program',
      for: 'here',
    });
  });

  it('rejects the output of a program if it is too long, and stops the program', async () => {
    const watched = listening(here);
    const problem = await problemOf(runOnHost(watched.host, { argv: ['yes'] }, options, never));
    assert.deepEqual(problem, { kind: 'badAnswer', place: 'here', what: 'yes, response too large' });
    assert.ok(watched.stopped());
  });

  it('gives up after its time limit, and stops the program', async () => {
    const time = fakeClock();
    const watched = listening(here);
    const running = problemOf(
      runOnHost(watched.host, { argv: ['sleep', '60'] }, { ms: 45_000, clock: time }, never),
    );
    await time.advance(45_000);
    assert.deepEqual(await running, {
      kind: 'offline',
      place: 'here',
      why: 'sleep did not respond within 45 s',
    });
    assert.ok(watched.stopped());
    assert.equal(time.sleepers(), 0);
  });

  it('stops the program when it is aborted, and leaves no timer', async () => {
    const time = fakeClock();
    const stop = new AbortController();
    const running = runOnHost(here, sh('echo $$; exec sleep 60'), { ms: 45_000, clock: time }, stop.signal);
    await settle();
    stop.abort();
    await assert.rejects(running, isAbort);
    await until(() => time.sleepers() === 0);
  });

  it('starts nothing if it is already aborted', async () => {
    await assert.rejects(runOnHost(here, { argv: ['sh'] }, options, AbortSignal.abort()), isAbort);
  });

  it('keeps only the end of long error output', async () => {
    const { errors } = await runOnHost(here, sh('yes x | head -c 200000 >&2; echo end >&2'), options, never);
    assert.equal(errors.length, 65_536);
    assert.ok(errors.endsWith('end\n'));
  });
});

describe('programs on this machine', () => {
  it("receive the environment without the editor's variables, plus the given ones", async () => {
    const env = {
      PATH: process.env['PATH'],
      VSCODE_PID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      SQUEUE_X: '1',
      KEPT: 'k',
    };
    const { output } = await runOnHost(
      createLocalHost('here', env),
      { argv: ['env'], env: { GIVEN: 'a b' }, without: ['SQUEUE_*'] },
      options,
      never,
    );
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => !/^(PATH|PWD|SHLVL|_|OLDPWD)=/.test(line));
    assert.deepEqual(lines.sort(), ['GIVEN=a b', 'KEPT=k']);
  });

  it('are found by the effective PATH, regardless of the PATH that they receive', async () => {
    const ran = await runOnHost(here, sh('echo $PATH', { env: { PATH: '/nowhere' } }), options, never);
    assert.equal(ran.output, '/nowhere\n');
    const first = await runOnHost(here, sh('echo $PATH', { path: '/opt/slurm/bin' }), options, never);
    assert.match(first.output, /^\/opt\/slurm\/bin:\//);
  });
});
