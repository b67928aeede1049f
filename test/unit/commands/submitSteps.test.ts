import assert from 'node:assert/strict';
import { createDraft } from '../../../src/commands/submissionDraft.js';
import { submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import { pickJobRequest, type JobRequest } from '../../../src/core/domain/jobSpec.js';
import { toJobId } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { backendOf, jobOf, type FakeMembers } from '../../fakes/jobs.js';
import { goesBack, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const hour = 3_600_000;

function taking(members: FakeMembers = {}): { readonly backend: Backend; readonly sent: JobRequest[] } {
  const sent: JobRequest[] = [];
  const backend = backendOf({
    capabilities: { args: false, env: false },
    jobs: [jobOf({ id: 'new' })],
    send: (spec) => {
      sent.push(pickJobRequest(spec));
      return Promise.resolve(toJobId('new'));
    },
    ...members,
  });
  return { backend, sent };
}

const run = async (backends: readonly Backend[], ...script: readonly Expected[]) => {
  const { ui, seen } = scriptedUi(...script);
  const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
  await submitScriptWithOptions(undefined, portsOf({ ui, backends, desk }));
  assert.deepEqual(seen.left(), []);
  return seen;
};

const submits = picks(/: Review$/, 'Submit');
const textOf = (seen: Awaited<ReturnType<typeof run>>, label: string): string | undefined => {
  const item = seen.steps.at(-1)?.items.find((one) => one.label === label);
  return item?.description ?? item?.detail;
};

describe('the steps of a submission', () => {
  it('are only those that the backend supports', async () => {
    const { backend } = taking();
    const seen = await run([backend], leaves(/: Review$/));
    assert.deepEqual(
      seen.steps.map(({ title }) => title),
      ['Submit fit.jl to Local: Review'],
    );
  });

  it('prompt for a time limit if the backend has one, and allow none only if the backend does', async () => {
    const { backend, sent } = taking({
      capabilities: {
        args: false,
        env: false,
        timeLimit: { defaultMs: 3 * hour, isOptional: false },
      },
    });
    const seen = await run(
      [backend],
      picks(/: Review$/, 'Time limit'),
      types(/: Time Limit$/, '', 'x', '90 min'),
      submits,
    );
    assert.equal(seen.steps[1]?.field?.initial, '3 h');
    assert.equal(seen.complaints.length, 2);
    assert.equal(sent[0]?.limitMs, 1.5 * hour);
  });

  it('send no limit if it was left empty', async () => {
    const { backend, sent } = taking({
      capabilities: { args: false, env: false, timeLimit: { isOptional: true } },
    });
    await run([backend], picks(/: Review$/, 'Time limit'), types(/: Time Limit$/, ''), submits);
    assert.ok(sent[0] && !('limitMs' in sent[0]));
  });

  it('accept whole hours only if the backend requires them', async () => {
    const { backend, sent } = taking({
      capabilities: {
        args: false,
        env: false,
        timeLimit: { defaultMs: hour, isOptional: false, stepMs: 3_600_000 },
      },
    });
    const seen = await run(
      [backend],
      picks(/: Review$/, 'Time limit'),
      types(/: Time Limit$/, '90 min', '2 h'),
      submits,
    );
    assert.deepEqual(seen.complaints, ['Enter whole hours.']);
    assert.equal(sent[0]?.limitMs, 2 * hour);
  });

  const node = {
    id: 'node',
    title: 'Node',
    prompt: 'What it runs on',
    initial: 'small',
    choices: () =>
      Promise.resolve([
        { value: 'small', label: 'Small', description: '2 vCPU' },
        { value: 'large', label: 'Large' },
      ]),
  };

  it('include the questions of the backend, with the last answers first', async () => {
    const { backend, sent } = taking({ questions: () => [node] });
    const seen = await run([backend], picks(/: Review$/, 'Node'), picks(/: Node$/, 'Large'), submits);
    assert.deepEqual(seen.steps[1]?.labels, ['Small', 'Large']);
    assert.deepEqual(sent[0]?.options, { node: 'large' });
    assert.equal(textOf(seen, 'Node'), 'Large');
  });

  it('show the given answer first when the user comes back', async () => {
    const { backend } = taking({ questions: () => [node] });
    const seen = await run(
      [backend],
      picks(/: Review$/, 'Node'),
      picks(/: Node$/, 'Large'),
      picks(/: Review$/, 'Node'),
      leaves(/: Node$/),
    );
    assert.deepEqual(seen.steps.at(-1)?.labels, ['Large', 'Small']);
  });

  it('change with the connection and its questions', async () => {
    const one = taking();
    const two = taking({
      connection: { id: 'hpc', kind: 'slurm', title: 'HPC', settings: {} },
      questions: () => [{ id: 'partition', title: 'Partition', prompt: 'Where' }],
    });
    const seen = await run(
      [one.backend, two.backend],
      picks(/: Review$/, 'Connection'),
      picks(/: Connection$/, 'HPC'),
      types(/: Partition$/, 'long'),
      submits,
    );
    assert.deepEqual(two.sent[0]?.options, { partition: 'long' });
    assert.equal(seen.steps.at(-1)?.title, 'Submit fit.jl to HPC: Review');
  });

  it('keep the answers if the same connection is selected again', async () => {
    const one = taking();
    const two = taking({
      connection: { id: 'hpc', kind: 'slurm', title: 'HPC', settings: {} },
      questions: () => [{ id: 'partition', title: 'Partition', prompt: 'Where' }],
    });
    await run(
      [one.backend, two.backend],
      picks(/: Review$/, 'Connection'),
      picks(/: Connection$/, 'HPC'),
      types(/: Partition$/, 'long'),
      picks(/: Review$/, 'Connection'),
      picks(/: Connection$/, 'HPC'),
      submits,
    );
    assert.deepEqual(two.sent[0]?.options, { partition: 'long' });
  });
});

describe('the review of a script', () => {
  it('shows what is sent and how it runs', async () => {
    const { backend } = taking({
      capabilities: { args: true, env: true, timeLimit: { isOptional: true } },
      validate: () => Promise.resolve([{ label: 'Interpreter', text: '/usr/bin/julia' }]),
    });
    const seen = await run(
      [backend],
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '"two words" 3'),
      picks(/: Review$/, 'Environment'),
      types(/: Environment$/, 'n=1'),
      picks(/: Review$/, 'Time limit'),
      types(/: Time Limit$/, '2 h'),
      leaves(/: Review$/),
    );
    // The answers that are not defaults, the content, and the defaults.
    const labels = ['Arguments', 'Environment', 'Time limit', 'Script', 'Interpreter', 'Name'];
    assert.deepEqual(seen.steps.at(-1)?.labels, ['Submit', ...labels]);
    assert.deepEqual(
      labels.map((label) => textOf(seen, label)),
      ['"two words" 3', 'n=1', '2 h', 'fit.jl · 1 B', '/usr/bin/julia', 'fit.jl'],
    );
  });

  it('changes a line and comes back', async () => {
    const { backend, sent } = taking({ capabilities: { args: true, env: false } });
    await run(
      [backend],
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '--fast'),
      picks(/: Review$/, 'Name'),
      goesBack(/: Name$/),
      submits,
    );
    assert.deepEqual(sent[0]?.args, ['--fast']);
  });

  it('shows what would make the submission fail, and offers no Submit', async () => {
    let present = false;
    const { backend, sent } = taking({
      validate: () =>
        present
          ? Promise.resolve([])
          : Promise.reject(new JobError({ kind: 'missingTool', tool: 'julia', for: 'fit.jl' })),
    });
    const seen = await run([backend], picks(/: Review$/, 'Cannot Be Submitted'), leaves(/: Review$/));
    assert.match(textOf(seen, 'Cannot Be Submitted') ?? '', /julia not found/);
    assert.equal(seen.steps.at(-1)?.labels.includes('Submit'), false);
    assert.equal(sent.length, 0);
    present = true;
    await run([backend], submits);
    assert.equal(sent.length, 1);
  });

  it('forwards an internal error instead of hiding it', async () => {
    const { backend } = taking({ validate: () => Promise.reject(new TypeError('ours')) });
    await assert.rejects(run([backend]), TypeError);
  });
});

describe('connections', () => {
  it('are offered only if they run scripts with this extension', () => {
    const connection = { id: 'hub', kind: 'juliahub', title: 'Hub', settings: {} };
    const anywhere = taking().backend;
    const juliaOnly: Backend = {
      ...taking().backend,
      connection,
      capabilities: { ...anywhere.capabilities, scriptExtensions: ['.jl'] },
    };
    const memory = { get: () => undefined, set: () => Promise.resolve() };
    const first = (script: string): string | undefined =>
      createDraft([juliaOnly, anywhere], 'script', 'k', script, memory, script)?.backend.connection.id;
    assert.deepEqual([first('a.jl'), first('A.JL'), first('a.py')], ['hub', 'hub', 'local']);
  });
});
