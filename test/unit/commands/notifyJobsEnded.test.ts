import assert from 'node:assert/strict';
import { notifyJobsEnded } from '../../../src/commands/notifyJobsEnded.js';
import { cancelJobs } from '../../../src/commands/cancelJob.js';
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
  noon,
  stopped,
  type FakeMembers,
} from '../../fakes/jobs.js';
import { memoryMetadata } from '../../fakes/details.js';
import { answers, presses, scriptedUi, type Expected } from '../../fakes/ui.js';

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
    assert.equal(seen.told[0]?.text, 'fit.jl failed: exit code 1.');
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
    await notifyJobsEnded([targetOf(job)], false, ports);
    await notifyJobsEnded([targetOf(job, { connection })], false, ports);
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

  it('shows one job with its details, and two or more with their number', async () => {
    const one = start();
    await notifyJobsEnded(many(completed), false, one.ports);
    assert.deepEqual(
      one.seen.told.map(({ text }) => text),
      ['fit.jl completed.'],
    );
    const two = start();
    await notifyJobsEnded(many(completed, stopped), false, two.ports);
    assert.deepEqual(two.seen.told, [
      { weight: 'info', text: 'Jobs finished: 1 completed, 1 cancelled.', buttons: ['Show'] },
    ]);
  });

  it('shows nothing if no job finished during an absence', async () => {
    const { ports, seen } = start();
    await notifyJobsEnded([], true, ports);
    assert.deepEqual(seen.told, []);
  });
});

describe('notifyJobsEnded in several windows', () => {
  /** A window; `waits` are the pauses before its notification, in milliseconds. */
  const openWindow = (claims: Set<string>, world: Partial<World> & { readonly isFocused?: boolean } = {}) => {
    const { ui, seen } = scriptedUi();
    const waits: number[] = [];
    const clock: World['clock'] = {
      now: () => noon,
      sleep: (ms) => {
        waits.push(ms);
        // The order of the windows' clocks.
        return new Promise((resolve) => setTimeout(resolve, ms / 100));
      },
    };
    const ports = portsOf({
      ui: { ...ui, isFocused: () => world.isFocused ?? false },
      store: memoryStore(claims),
      clock,
      ...world,
    });
    return { ports, seen, waits };
  };
  const notify = (ended: JobTarget, ...windows: readonly ReturnType<typeof openWindow>[]) =>
    Promise.all(windows.map(({ ports }) => notifyJobsEnded([ended], false, ports)));
  const target = targetOf(jobOf({ state: completed }));

  it('is the matter of the one that submitted the job, otherwise of the focused one', async () => {
    const claims = new Set<string>();
    const focused = openWindow(claims, { isFocused: true });
    const submitting = openWindow(claims, { submittedHere: ['j1'] });
    await notify(target, focused, submitting);
    assert.deepEqual([focused.seen.told.length, submitting.seen.told.length], [0, 1]);
    const others = new Set<string>();
    const [back, front] = [openWindow(others), openWindow(others, { isFocused: true })];
    await notify(target, back, front);
    assert.deepEqual([back.seen.told.length, front.seen.told.length], [0, 1]);
  });

  it('is omitted in all of them if the focused one shows the log of a success', async () => {
    const claims = new Set<string>();
    const reading = openWindow(claims, { isFocused: true, visibleLogs: ['j1'] });
    const submitting = openWindow(claims, { submittedHere: ['j1'] });
    await notify(target, submitting, reading);
    assert.deepEqual([...reading.seen.told, ...submitting.seen.told], []);
    const other = openWindow(new Set(), { isFocused: true, visibleLogs: ['j1'] });
    await notify(targetOf(jobOf({ state: failed })), other);
    assert.equal(other.seen.told.length, 1, 'a failure is always reported');
    const unfocused = openWindow(new Set(), { visibleLogs: ['j1'] });
    await notify(target, unfocused);
    assert.equal(unfocused.seen.told.length, 1);
  });

  it('is omitted for a job that the user has just cancelled', async () => {
    const claims = new Set<string>();
    const { ui, seen } = scriptedUi(answers('Cancel fit.jl?', 'Cancel Job'));
    const running = targetOf(jobOf(), { cancel: () => Promise.resolve() });
    const here = portsOf({ ui, jobs: [running], store: memoryStore(claims) });
    await cancelJobs(['local/j1'], here);
    const other = openWindow(claims, { isFocused: true });
    const ended = { ...running, job: jobOf({ state: stopped }) };
    await Promise.all([notifyJobsEnded([ended], false, here), notify(ended, other)]);
    assert.deepEqual([...seen.told, ...other.seen.told], []);
  });

  it('waits no longer than 10 s for the window that submitted the job', async () => {
    const slow = targetOf(jobOf({ state: completed }), { capabilities: { pollInterval: () => 60_000 } });
    const window = openWindow(new Set(), { isFocused: true });
    await notify(slow, window);
    assert.deepEqual(window.waits, [10_000]);
  });

  it('stores why a job failed, although there are no notifications', async () => {
    const metadata = memoryMetadata();
    const { ports } = openWindow(new Set(), { choices: { notify: () => 'none' }, metadata });
    await notifyJobsEnded(
      [targetOf(jobOf({ name: 'train.py', state: failed }), logging(...pythonLog))],
      false,
      ports,
    );
    assert.deepEqual(metadata.entries.get('j1')?.failure, {
      text: "KeyError: 'lr'",
      file: '/jobs/j1/train.py',
      line: 41,
      lastLine: "KeyError: 'lr'",
      startedMs: undefined,
    });
  });
});
