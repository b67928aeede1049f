import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobFacts } from '../../../../../src/backends/scheduler/jobs/jobFacts.js';
import type { SchedulerJob } from '../../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { createStartCheck } from '../../../../../src/backends/scheduler/jobs/startCheck.js';
import { createSlurmView } from '../../../../../src/backends/slurm/reasons.js';
import { toJob } from '../../../../../src/backends/scheduler/jobs/jobView.js';
import type { Host } from '../../../../../src/remote/host.js';
import { JobError } from '../../../../../src/core/domain/problem.js';
import { filesOf, inTemp, never, remote } from '../../../remote/doubles.js';
import { queued, queueLine, taskLine } from '../../slurm/world.js';

const notesOf = (notes: Readonly<Record<string, JobFacts>>) => ({
  get: (id: string) => Promise.resolve(new Map(Object.entries(notes)).get(id)),
  put: () => Promise.resolve(),
});

const done = (id: string, folder = '/home/al'): string =>
  queueLine({ A: id, T: 'COMPLETED', o: `${folder}/job.sh`, Z: `${folder}/work` });
const named = (all: readonly SchedulerJob[]): readonly string[] =>
  all.filter(({ isUnstarted }) => isUnstarted).map(({ id }) => id);

/** A host that counts the commands that run on it. */
function counted(answers = true): { readonly host: Host; readonly calls: () => number } {
  const real = remote();
  let calls = 0;
  return {
    host: {
      ...real,
      start: (command, signal) => {
        calls++;
        const error = new JobError({ kind: 'offline', place: 'Alpha', why: 'gone' });
        return answers ? real.start(command, signal) : Promise.reject(error);
      },
    },
    calls: () => calls,
  };
}

describe('a job that Slurm reports as completed', () => {
  it('has failed if a file still exists that its script removes, and is checked only once', async () => {
    await inTemp(async (root) => {
      for (const folder of ['a', 'b', 'c']) mkdirSync(join(root, folder));
      for (const file of ['a/.unstarted-1', 'c/.unstarted-36_1']) writeFileSync(join(root, file), '');
      const note = (folder: string, script: string): JobFacts => ({ folder: join(root, folder), script });
      const notes = notesOf({
        '1': note('a', 'fit.py'),
        '2': note('b', 'fit.jl'),
        '36': note('c', 'fit.R'),
        '4': note('gone', 'fit.py'),
        '5': note('a', 'fit.sh'),
      });
      const { host, calls } = counted();
      const check = createStartCheck(filesOf(host), notes);
      const all = queued(
        ...['a', 'b', '', 'gone', 'a'].flatMap(
          (folder, at) => folder && done(String(at + 1), join(root, folder)),
        ),
        done('6'),
        taskLine('0', { T: 'COMPLETED', o: join(root, 'c/job.sh') }),
        taskLine('1', { A: '38', T: 'COMPLETED', o: join(root, 'c/job.sh') }),
        queueLine({ A: '7', T: 'FAILED' }),
      );
      const checked = await check(all, never);
      assert.deepEqual(named(checked), ['1', '36_1']);
      assert.equal(calls(), 1);
      assert.deepEqual(named(await check(all, never)), ['1', '36_1']);
      assert.equal(calls(), 1);
      const job = toJob(checked[0] ?? assert.fail(), { view: createSlurmView(), now: new Date() });
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'failed');
      assert.match(job.reason ?? '', /never started/);
      assert.deepEqual([job.exit, job.state.word], [undefined, 'COMPLETED']);
    });
  });

  it('is unchanged while the host does not respond, and is not checked if the extension did not submit it', async () => {
    const { host, calls } = counted(false);
    const check = createStartCheck(filesOf(host), notesOf({ '1': { folder: '/x', script: 'a.py' } }));
    assert.deepEqual(named(await check(queued(done('9')), never)), []);
    assert.equal(calls(), 0);
    for (const count of [1, 2]) {
      assert.deepEqual(named(await check(queued(done('1', '/x')), never)), []);
      assert.equal(calls(), count, 'it is checked again');
    }
  });
});
