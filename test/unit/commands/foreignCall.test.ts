import assert from 'node:assert/strict';
import { confirmFirst } from '../../../src/commands/foreignCall.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, jobOf } from '../../fakes/jobs.js';
import { answers, scriptedUi, type Expected } from '../../fakes/ui.js';

const call = async (rows: readonly string[], ...script: readonly Expected[]) => {
  const { ui, seen } = scriptedUi(...script);
  const backend = backendOf();
  const jobs = [
    ...Array.from({ length: 14 }, (_, index) => ({
      backend,
      job: jobOf({ id: `j${index}`, name: `fit${index}.jl` }),
    })),
    { backend, job: jobOf({ id: 'long', name: 'x'.repeat(20_000) }) },
    { backend, job: jobOf({ id: 'lines', name: 'fit\n\nNothing is done.' }) },
  ];
  const done: (readonly string[])[] = [];
  const run = confirmFirst('Resubmit Job', (given) => {
    done.push(given);
    return Promise.resolve();
  });
  await run(rows, portsOf({ ui, jobs }));
  assert.deepEqual(seen.left(), []);
  return { done, seen };
};

describe('a command called by a link or another extension', () => {
  it('prompts first, and names the job', async () => {
    const { done, seen } = await call(['local/j1'], answers('Resubmit Job?', 'Resubmit Job'));
    assert.deepEqual(done, [['local/j1']]);
    assert.match(seen.questions[0]?.detail ?? '', /a link or another extension.*fit1\.jl \(j1\) on Local/s);
  });

  it('does nothing if the prompt is dismissed', async () => {
    assert.deepEqual((await call(['local/j1'], answers('Resubmit Job?', undefined))).done, []);
  });

  it('names each job on its own line, regardless of the length and content of its name', async () => {
    const rows = ['local/long', 'local/lines', 'local/j3'];
    const { seen } = await call(rows, answers('Resubmit Job?', 'Resubmit Job'));
    const detail = seen.questions[0]?.detail ?? '';
    assert.match(
      detail,
      /^[^\n]*\n\nx+… \(long\) on Local\nfit Nothing is done\. \(lines\) on Local\nfit3\.jl \(j3\) on Local$/,
    );
    assert.ok(detail.length < 400, String(detail.length));
  });

  it('names the first of many jobs, and the number of others', async () => {
    const rows = Array.from({ length: 14 }, (_, index) => `local/j${index}`);
    const { seen } = await call(rows, answers('Resubmit Job?', 'Resubmit Job'));
    assert.match(seen.questions[0]?.detail ?? '', /fit9\.jl.*\nand 4 more$/);
    assert.doesNotMatch(seen.questions[0]?.detail ?? '', /fit10\.jl/);
  });

  it('runs without a prompt if it has no known job', async () => {
    assert.deepEqual((await call(['local/none'])).done, [['local/none']]);
    assert.deepEqual((await call([])).done, [[]]);
  });
});
