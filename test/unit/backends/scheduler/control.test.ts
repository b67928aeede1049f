import assert from 'node:assert/strict';
import { createSchedulerControl } from '../../../../src/backends/scheduler/control.js';
import { slurmControl } from '../../../../src/backends/slurm/dialect.js';
import { toJobId } from '../../../../src/core/domain/job.js';
import { never, problemOf } from '../../remote/doubles.js';
import { callsOn, fakeHost, queued, queueLine } from '../slurm/world.js';

const waiting = (indices: string) =>
  queued(queueLine({ A: '36', i: `36_[${indices}]`, F: '36', K: indices, T: 'PENDING', N: '' })).at(-1);

describe('an action on tasks that share a row', () => {
  const control = () => {
    const host = fakeHost(() => undefined);
    const nothing = (): void => undefined;
    const { cancel, hold, release, requeue } = createSchedulerControl({
      calls: callsOn(host),
      dialect: slurmControl,
      watching: { invalidate: nothing, markCancelled: nothing },
      confirm: () => Promise.resolve(undefined),
    });
    assert.ok(cancel && hold && release && requeue);
    return { host, cancel, hold, release, requeue };
  };

  it('affects exactly these tasks', async () => {
    const { host, cancel } = control();
    const id = waiting('0-999999%4')?.id ?? assert.fail();
    await cancel(toJobId(id), never);
    assert.deepEqual(host.lines(), ['scancel 36_[5000-999999]']);
  });

  it('is rejected if the tasks cannot all be named', async () => {
    const { host, cancel, hold, release, requeue } = control();
    const list = Array.from({ length: 8_000 }, (_, at) => at * 2 + (at % 3)).join(',');
    const id = toJobId(waiting(list)?.id ?? assert.fail());
    assert.ok(id.length < 250);
    for (const act of [cancel, hold, release, requeue])
      assert.equal((await problemOf(act(id, never))).kind, 'invalid');
    assert.deepEqual(host.lines(), []);
  });
});
