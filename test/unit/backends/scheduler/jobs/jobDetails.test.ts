import assert from 'node:assert/strict';
import { createDetailsLoader } from '../../../../../src/backends/scheduler/jobs/jobDetails.js';
import type { SchedulerJob } from '../../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { never } from '../../../remote/doubles.js';
import { callsOn, fakeHost, queued, queueLine, taskLine } from '../../slurm/world.js';

const asMap = (all: readonly SchedulerJob[]): ReadonlyMap<string, SchedulerJob> =>
  new Map(all.map((seen) => [seen.id, seen]));
const numbered = (number: number, V = '2026-03-05T10:59:00'): readonly SchedulerJob[] =>
  queued(queueLine({ A: String(number), o: '(null)', V }));

/** Details of jobs that are requested with `show`. */
function detailed(answer: (id: string) => string | undefined = (id) => `/r/${id}/job.sh`) {
  const host = fakeHost(([, id = '']) => {
    const output = answer(id);
    return output === undefined ? { code: 1, errors: 'unknown' } : { output };
  });
  const add = createDetailsLoader(callsOn(host), {
    details: { argv: (id) => ['show', id], read: (command) => ({ command }) },
  });
  const commands = async (all: readonly SchedulerJob[]): Promise<readonly (string | undefined)[]> =>
    [...(await add(asMap(all), never)).values()].map(({ command }) => command);
  return { host, commands };
}

describe('job details that a listing omits', () => {
  it('are requested once, only for what the listing does not include', async () => {
    const { host, commands } = detailed();
    const all = [...numbered(36), ...queued(queueLine({ A: '37', o: '/home/al/fit.sh' }))];
    for (let round = 0; round < 3; round++)
      assert.deepEqual(await commands(all), ['/r/36/job.sh', '/home/al/fit.sh']);
    assert.deepEqual(host.lines(), ['show 36']);
  });

  it('are requested again for another job with the same number, and after a failed request', async () => {
    const answers: (string | undefined)[] = [undefined, 'a', 'b'];
    const { commands } = detailed(() => answers.shift());
    assert.deepEqual(await commands(numbered(36)), [undefined]);
    assert.deepEqual(await commands(numbered(36)), ['a']);
    assert.deepEqual(await commands(numbered(36, '2026-03-06T10:59:00')), ['b']);
  });

  it('are shared by all tasks of an array', async () => {
    const { host, commands } = detailed();
    const all = queued(taskLine('1', { o: '(null)' }), taskLine('2', { o: '(null)' }));
    assert.deepEqual(await commands(all), ['/r/36/job.sh', '/r/36/job.sh']);
    assert.deepEqual(host.lines(), ['show 36']);
  });

  it('are requested for the newest jobs first, and for many jobs in several rounds', async () => {
    const { host, commands } = detailed();
    const all = Array.from({ length: 120 }, (_, at) => numbered(at + 1)).flat();
    await commands(all);
    assert.deepEqual([host.lines()[0], host.lines().length], ['show 120', 50]);
    await commands(all);
    await commands(all);
    assert.ok((await commands(all)).every((command) => command !== undefined));
    assert.equal(host.lines().length, 120);
  });
});
