import assert from 'node:assert/strict';
import { notifyJobsEnded } from '../../../src/commands/notifyJobsEnded.js';
import type { JobTarget } from '../../../src/commands/resolveTargets.js';
import type { Job } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { memoryStore, portsOf, type World } from '../../fakes/commandPorts.js';
import {
  backendOf,
  before,
  completed,
  failed,
  jobOf,
  lineEvents,
  stopped,
  type FakeMembers,
} from '../../fakes/jobs.js';
import { presses, scriptedUi, type Expected } from '../../fakes/ui.js';

const ran = (ms: number) => ({ started: before(ms + 1000), ended: before(1000) });

const start = (script: readonly Expected[] = [], world: Partial<World> = {}) => {
  const { ui, seen } = scriptedUi(...script);
  return { seen, ports: portsOf({ ui, ...world }) };
};

const targetOf = (job: Job, members: FakeMembers = {}): JobTarget => ({ backend: backendOf(members), job });
const logging = (...lines: readonly string[]): FakeMembers => ({
  log: async function* () {
    await Promise.resolve();
    yield* lineEvents(...lines);
  },
});

const pythonLog = [
  'loading',
  'Traceback (most recent call last):',
  '  File "/jobs/j1/train.py", line 41, in <module>',
  '    step(opts["lr"])',
  "KeyError: 'lr'",
];

describe('tellEnded', () => {
  it('shows how long a completed job ran', async () => {
    const { ports, seen } = start();
    await notifyJobsEnded([targetOf(jobOf({ state: completed, ...ran(250_000) }))], false, ports);
    assert.deepEqual(seen.told, [
      { weight: 'info', text: 'fit.jl completed in 4 min 10 s.', buttons: ['Show Log'] },
    ]);
  });

  it('shows why a job failed, and where', async () => {
    const { ports, seen } = start([], {
      desk: { findWorkspaceFile: () => Promise.resolve('/home/ada/train.py') },
    });
    const job = jobOf({ name: 'train.py', state: failed, reason: 'exit 1', ...ran(12_000) });
    await notifyJobsEnded([targetOf(job, logging(...pythonLog))], false, ports);
    assert.deepEqual(seen.told, [
      {
        weight: 'error',
        text: "train.py failed after 12 s: KeyError: 'lr' (train.py:41).",
        buttons: ['Show Log', 'Go to Line'],
      },
    ]);
  });

  it('opens the line of a failure in the workspace file', async () => {
    const asked: string[] = [];
    const desk = {
      findWorkspaceFile: (path: string) => {
        asked.push(path);
        return Promise.resolve('/home/ada/train.py');
      },
    };
    const { ports, seen } = start([presses(/train\.py failed/, 'Go to Line')], { desk });
    await notifyJobsEnded(
      [targetOf(jobOf({ name: 'train.py', state: failed }), logging(...pythonLog))],
      false,
      ports,
    );
    assert.deepEqual(asked, ['/jobs/j1/train.py']);
    assert.deepEqual(seen.opened, [{ path: '/home/ada/train.py', line: 41 }]);
  });

  it('offers no line if the workspace has no such file', async () => {
    const { ports, seen } = start();
    await notifyJobsEnded([targetOf(jobOf({ state: failed }), logging(...pythonLog))], false, ports);
    assert.deepEqual(seen.told[0]?.buttons, ['Show Log']);
  });

  it("uses the backend's reason if the log cannot be read, and logs the error", async () => {
    const { ports, seen } = start();
    const broken: FakeMembers = {
      log: async function* () {
        yield* lineEvents('one');
        await Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' }));
      },
    };
    await notifyJobsEnded([targetOf(jobOf({ state: failed, reason: 'exit 1' }), broken)], false, ports);
    assert.equal(seen.told[0]?.text, 'fit.jl failed: exit 1.');
    assert.equal(ports.deeds.logged.length, 1);
  });

  it('reads only the end of the log, without colors, and joins the pieces of a long line', async () => {
    const { ports, seen } = start();
    const backend: FakeMembers = {
      log: async function* (_id, from, follow) {
        assert.equal(from.at, 'end');
        assert.equal(follow, false);
        await Promise.resolve();
        yield { kind: 'gap', cause: 'skipped', bytes: 100 };
        yield* lineEvents('Traceback (most recent call last):', '  File "/a/x.py", line 2, in <module>');
        yield { kind: 'line', text: '\u001b[31mValueError: ', open: true, next: '3' };
        yield { kind: 'line', text: 'bad\u001b[0m', next: '4' };
      },
    };
    await notifyJobsEnded([targetOf(jobOf({ state: failed }), backend)], false, ports);
    assert.equal(seen.told[0]?.text, 'fit.jl failed: ValueError: bad (x.py:2).');
  });

  it('shows a cancelled job as information', async () => {
    const { ports, seen } = start();
    await notifyJobsEnded([targetOf(jobOf({ state: stopped, ...ran(3_000) }))], false, ports);
    assert.deepEqual(seen.told, [
      { weight: 'info', text: 'fit.jl was cancelled after 3.0 s.', buttons: ['Show Log'] },
    ]);
  });

  it('shows the log when its button is pressed', async () => {
    const { ports } = start([presses(/completed/, 'Show Log')]);
    await notifyJobsEnded([targetOf(jobOf({ state: completed }))], false, ports);
    assert.deepEqual(ports.deeds.done, ['log local/j1']);
  });

  it('shows the results, or the row if the results are files', async () => {
    const withValue = targetOf(jobOf({ state: completed, results: '1' }));
    const one = start([presses(/completed/, 'Results')], { jobs: [withValue] });
    await notifyJobsEnded([withValue], false, one.ports);
    assert.equal(one.seen.papers[0]?.text, '1\n');
    const withFiles = targetOf(jobOf({ state: completed }), {
      files: () => Promise.resolve([{ name: 'model.json', kind: 'result' }]),
    });
    const two = start([presses(/completed/, 'Results')], { jobs: [withFiles] });
    await notifyJobsEnded([withFiles], false, two.ports);
    assert.deepEqual(two.ports.deeds.done, ['select local/j1']);
  });

  it('shows a message although the files of the job cannot be listed', async () => {
    const { ports, seen } = start();
    const files = () => Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' }));
    await notifyJobsEnded([targetOf(jobOf({ state: completed }), { files })], false, ports);
    assert.deepEqual(seen.told[0]?.buttons, ['Show Log']);
  });

  it('shows a job in one window only, and only once', async () => {
    const claims = new Set<string>();
    const target = targetOf(jobOf({ state: completed }));
    const windows = [start([], { store: memoryStore(claims) }), start([], { store: memoryStore(claims) })];
    await Promise.all(windows.map(({ ports }) => notifyJobsEnded([target], false, ports)));
    await Promise.all(windows.map(({ ports }) => notifyJobsEnded([target], true, ports)));
    assert.equal(windows.flatMap(({ seen }) => seen.told).length, 1);
  });

  it('shows jobs with the same name in different connections separately', async () => {
    const { ports, seen } = start();
    const connection = { id: 'gpu', kind: 'local', title: 'GPU', settings: {} };
    const job = jobOf({ state: completed });
    await notifyJobsEnded([targetOf(job), targetOf(job, { connection })], false, ports);
    assert.equal(seen.told.length, 2);
  });

  it('shows only failures, or nothing, according to the setting', async () => {
    const ended = [
      targetOf(jobOf({ id: 'a', state: completed })),
      targetOf(jobOf({ id: 'b', name: 'bad.jl', state: failed })),
    ];
    const failures = start([], { choices: { notify: () => 'failures' } });
    await notifyJobsEnded(ended, false, failures.ports);
    assert.deepEqual(
      failures.seen.told.map(({ text }) => text),
      ['bad.jl failed.'],
    );
    const none = start([], { choices: { notify: () => 'none' } });
    await notifyJobsEnded(ended, true, none.ports);
    assert.deepEqual(none.seen.told, []);
  });
});

describe('tellEnded of several jobs', () => {
  const many = (...states: readonly Job['state'][]): readonly JobTarget[] =>
    states.map((state, index) => targetOf(jobOf({ id: `j${String(index)}`, state })));

  it('summarizes jobs that finished during an absence, and shows the first failure', async () => {
    const { ports, seen } = start([presses(/^While you were away/, 'Show')]);
    await notifyJobsEnded(many(completed, completed, failed, completed), true, ports);
    assert.deepEqual(seen.told, [
      { weight: 'warning', text: 'While you were away: 3 completed, 1 failed.', buttons: ['Show'] },
    ]);
    assert.deepEqual(ports.deeds.done, ['select local/j2']);
  });

  it('summarizes even a single job that finished during an absence', async () => {
    const { ports, seen } = start();
    await notifyJobsEnded(many(completed), true, ports);
    assert.deepEqual(seen.told, [
      { weight: 'info', text: 'While you were away: 1 completed.', buttons: ['Show'] },
    ]);
  });

  it('shows up to three jobs separately, more together', async () => {
    const few = start();
    await notifyJobsEnded(many(completed, completed, completed), false, few.ports);
    assert.equal(few.seen.told.length, 3);
    const more = start();
    await notifyJobsEnded(many(completed, completed, stopped, stopped), false, more.ports);
    assert.deepEqual(more.seen.told, [
      { weight: 'info', text: 'Jobs finished: 2 completed, 2 cancelled.', buttons: ['Show'] },
    ]);
  });

  it('shows nothing if no job finished during an absence', async () => {
    const { ports, seen } = start();
    await notifyJobsEnded([], true, ports);
    assert.deepEqual(seen.told, []);
  });
});
