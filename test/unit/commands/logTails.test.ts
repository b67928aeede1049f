import assert from 'node:assert/strict';
import { goToError } from '../../../src/commands/goToError.js';
import type { JobTarget } from '../../../src/commands/resolveTargets.js';
import { ProgressTracker } from '../../../src/core/jobs/progressTracker.js';
import type { LogEvent } from '../../../src/core/domain/log.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { memoryDetails, memoryLogTails, memoryMetadata } from '../../fakes/details.js';
import { backendOf, before, completed, failed, jobOf, lineEvents, noon, running } from '../../fakes/jobs.js';
import { scriptedUi } from '../../fakes/ui.js';

const pythonLog = lineEvents(
  'loading',
  'Traceback (most recent call last):',
  '  File "/jobs/j1/train.py", line 41, in <module>',
  "KeyError: 'lr'",
  '',
);

/** A job with this log, and the number of reads of it. */
function logged(
  job: Parameters<typeof jobOf>[0],
  events: readonly LogEvent[],
  connection = 'local',
): { readonly target: JobTarget; readonly reads: () => number } {
  let reads = 0;
  const backend = backendOf({
    connection: { id: connection, kind: 'local', title: 'Local', settings: {} },
    log: async function* () {
      reads++;
      await Promise.resolve();
      yield* events;
    },
  });
  return { target: { backend, job: jobOf(job) }, reads: () => reads };
}

const setUp = () => {
  const metadata = memoryMetadata();
  const progress = new ProgressTracker({ now: () => noon });
  const details = memoryDetails(metadata);
  return { metadata, progress, details, tails: memoryLogTails(details, progress) };
};

describe('LogTailReader', () => {
  it('stores why a job failed, and reads its log only once', async () => {
    const { metadata, tails } = setUp();
    const { target, reads } = logged({ state: failed, started: before(9_000) }, pythonLog);
    const found = await Promise.all([tails.findFailure(target), tails.findFailure(target)]);
    const failure = {
      text: "KeyError: 'lr'",
      file: '/jobs/j1/train.py',
      line: 41,
      lastLine: "KeyError: 'lr'",
      startedMs: before(9_000).getTime(),
    };
    assert.deepEqual(found, [failure, failure]);
    assert.deepEqual(await tails.findFailure(target), failure);
    assert.deepEqual(metadata.entries.get('j1'), { failure });
    assert.equal(reads(), 1);
  });

  it('finds the reason again if the job was requeued', async () => {
    const { tails } = setUp();
    await tails.findFailure(logged({ state: failed, started: before(9_000) }, pythonLog).target);
    const again = logged({ state: failed, started: before(1_000) }, lineEvents('no data.csv'));
    const failure = await tails.findFailure(again.target);
    assert.deepEqual(failure, { lastLine: 'no data.csv', startedMs: before(1_000).getTime() });
  });

  it('replaces a last line by an error that the log shows later, and stores nothing for an empty log', async () => {
    const { metadata, tails } = setUp();
    const job = { state: failed };
    assert.equal(await tails.findFailure(logged(job, []).target), undefined);
    assert.equal(metadata.entries.size, 0);
    assert.deepEqual((await tails.findFailure(logged(job, lineEvents('loading')).target))?.text, undefined);
    await tails.readLastLines(logged(job, pythonLog).target);
    assert.equal(metadata.entries.get('j1')?.failure?.text, "KeyError: 'lr'");
  });

  it('finds nothing for jobs that have not failed, and for a log that cannot be read', async () => {
    const { tails } = setUp();
    assert.equal(await tails.findFailure(logged({ state: completed }, pythonLog).target), undefined);
    const backend = backendOf({
      log: async function* () {
        yield* lineEvents('one');
        await Promise.reject(new JobError({ kind: 'offline', place: 'Local', why: 'no response' }));
      },
    });
    assert.equal(await tails.findFailure({ backend, job: jobOf({ state: failed }) }), undefined);
    assert.equal(await tails.readLastLines({ backend, job: jobOf({}) }), undefined);
  });

  it('returns the last five lines that are not blank, without colors, with the unfinished one', async () => {
    const { tails } = setUp();
    const events: readonly LogEvent[] = [
      ...lineEvents('1', '2', '3', '', '\u001b[31m4\u001b[0m', '5'),
      { kind: 'partial', text: '6' },
    ];
    assert.deepEqual(await tails.readLastLines(logged({}, events).target), ['2', '3', '4', '5', '6']);
  });

  it('records the progress of a running job', async () => {
    const { tails, progress } = setUp();
    const { target } = logged({ state: running, started: before(45_000) }, [
      ...lineEvents('begin'),
      { kind: 'partial', text: ' 45%|████      | 45/100' },
    ]);
    await tails.readLastLines(target);
    assert.equal(progress.get('local/j1', target.job)?.percent, 45);
  });

  it('reads logs in the background only on this machine, each once, one at a time', async () => {
    const { metadata, tails } = setUp();
    const here = ['a', 'b'].map((id) => logged({ id, state: failed }, pythonLog));
    const there = logged({ id: 'c', state: failed }, pythonLog, 'cluster');
    for (const { target } of [...here, there, ...here]) tails.request(target);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([...metadata.entries.keys()], ['a', 'b']);
    assert.deepEqual(
      [...here, there].map(({ reads }) => reads()),
      [1, 1, 0],
    );
  });
});

describe('goToError', () => {
  const run = async (place: string | undefined, events = pythonLog, job = jobOf({ state: failed })) => {
    const { ui, seen } = scriptedUi();
    const { target } = logged(job, events);
    const desk = { findWorkspaceFile: () => Promise.resolve(place) };
    const ports = portsOf({ ui, jobs: [target], desk });
    await goToError(['local/j1/failure'], ports);
    return { opened: seen.opened, done: ports.deeds.done, told: seen.told };
  };

  it('opens the line in the workspace file', async () => {
    const { opened, done } = await run('/home/ada/train.py');
    assert.deepEqual(opened, [{ path: '/home/ada/train.py', line: 41 }]);
    assert.deepEqual(done, []);
  });

  it('shows the log if the file is not in the workspace, or the log names none', async () => {
    for (const { opened, done } of [
      await run(undefined),
      await run('/home/ada/train.py', lineEvents('no data.csv')),
    ]) {
      assert.deepEqual(opened, []);
      assert.deepEqual(done, ['log local/j1']);
    }
  });

  it('reports that a job that has not failed has no error', async () => {
    const { told, done } = await run('/home/ada/train.py', pythonLog, jobOf({ state: completed }));
    assert.equal(told.length, 1);
    assert.deepEqual(done, []);
  });
});
