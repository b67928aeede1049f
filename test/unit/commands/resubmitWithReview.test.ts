import assert from 'node:assert/strict';
import { resubmitJob } from '../../../src/commands/resubmitJob.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import type { JobDraft, JobRequest, JobWorkload } from '../../../src/core/domain/jobSpec.js';
import type { Question } from '../../../src/core/domain/questions.js';
import { toJobId, type Job } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { backendOf, completed, jobOf, type FakeMembers } from '../../fakes/jobs.js';
import { keeps, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const node: Question = { id: 'node', title: 'Node', prompt: 'What it runs on' };
const before: JobRequest = { name: 'sweep', args: ['--fast'], env: { n: '1' }, options: { node: 'm6' } };
const script: JobWorkload = { kind: 'script', script: { name: 'fit.jl', text: '1' } };

/** A draft without the common members of all submissions. */
const workOf = ({
  name: _,
  args: __,
  env: ___,
  options: ____,
  limitMs: _____,
  ...work
}: JobDraft): JobWorkload => work;

/** A backend with this stored submission, and its resubmit calls. */
function knowing(
  submitted: { readonly work: JobWorkload; readonly request: JobRequest },
  members: FakeMembers = {},
) {
  const asked: { readonly id: string; readonly request: JobRequest | undefined }[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'again' })],
    capabilities: { args: true, env: true, language: { id: 'julia' } },
    questions: () => [node],
    send: () => Promise.reject(new Error('must not be called')),
    previous: () => Promise.resolve({ ...submitted.request, ...submitted.work }),
    again: (id, _signal, request) => {
      asked.push({ id, request });
      return Promise.resolve(toJobId('again'));
    },
    ...members,
  });
  return { asked, backend };
}

async function resubmit(
  backend: Backend,
  steps: readonly Expected[],
  job: Job = jobOf({ state: completed }),
) {
  const { ui, seen } = scriptedUi(...steps);
  const ports = portsOf({ ui, jobs: [{ backend, job }] });
  await resubmitJob(['local/j1'], ports);
  assert.deepEqual(seen.left(), []);
  return { seen, done: ports.deeds.done, facts: ports.deeds.facts };
}

const submits = picks('Resubmit sweep to Local: Review', 'Submit');

describe('resubmitJob with a stored submission', () => {
  it('shows the review immediately, and submits the same if nothing is changed', async () => {
    const { asked, backend } = knowing({ work: script, request: before });
    const { seen, done } = await resubmit(backend, [submits]);
    assert.deepEqual(seen.steps.at(-1)?.labels, ['Submit', 'Name', 'Arguments', 'Environment', 'Node']);
    assert.deepEqual(asked, [{ id: 'j1', request: before }]);
    assert.deepEqual(done, [
      'awaitEnd local/again',
      'include local/again',
      'select local/again',
      'log local/again',
    ]);
  });

  it('forwards changes', async () => {
    const { asked, backend } = knowing({ work: script, request: before });
    await resubmit(backend, [
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '--slow'),
      picks(/: Review$/, 'Node'),
      types(/: Node$/, 'p2'),
      submits,
    ]);
    assert.deepEqual(asked[0]?.request, { ...before, args: ['--slow'], options: { node: 'p2' } });
  });

  it('prompts for missing answers first, and keeps the others', async () => {
    const { asked, backend } = knowing({ work: script, request: { ...before, options: {} } });
    const { seen } = await resubmit(backend, [types(/: Node$/, 'm6'), submits]);
    assert.deepEqual(
      seen.steps.map(({ title }) => title),
      ['Resubmit sweep: Node', 'Resubmit sweep to Local: Review'],
    );
    assert.deepEqual(asked[0]?.request, before);
  });

  it('changes neither the content nor the connection, also for a bundle', async () => {
    const work: JobWorkload = { kind: 'bundle', entry: 'fit.jl' };
    const { backend } = knowing({ work, request: before });
    const { seen } = await resubmit(backend, [leaves(/: Review$/)]);
    for (const label of ['Script', 'Connection', 'Julia environment'])
      assert.ok(!seen.steps[0]?.labels.includes(label), label);
  });

  it('validates and shows a dry run of the stored submission', async () => {
    const seenBy: JobWorkload[] = [];
    const { backend } = knowing(
      { work: script, request: before },
      {
        validate: (draft) => {
          seenBy.push(workOf(draft));
          return Promise.resolve([{ label: 'Cost', text: 'at most $0.34' }]);
        },
        dryRun: (draft) => {
          seenBy.push(workOf(draft));
          return Promise.resolve(draft.kind === 'bundle' && draft.bundle ? 'a bundle' : 'no bundle');
        },
      },
    );
    const { seen } = await resubmit(backend, [
      picks(/: Review$/, 'Dry Run'),
      keeps(/: Dry Run$/),
      leaves(/: Review$/),
    ]);
    assert.deepEqual(seenBy, [script, script]);
    assert.equal(seen.papers[0]?.text, 'no bundle');
    assert.ok(seen.steps[0]?.labels.includes('Cost'));
  });

  it('submits nothing if it is dismissed', async () => {
    const { asked, backend } = knowing({ work: script, request: before });
    const { done, facts } = await resubmit(backend, [leaves(/: Review$/)]);
    assert.deepEqual([asked, done, [...facts]], [[], [], []]);
  });

  it('submits nothing if there is no stored submission', async () => {
    const { asked, backend } = knowing(
      { work: script, request: before },
      { previous: () => Promise.reject(new JobError({ kind: 'gone', name: 'fit.jl' })) },
    );
    await assert.rejects(resubmit(backend, []), { problem: { kind: 'gone', name: 'fit.jl' } });
    assert.deepEqual(asked, []);
  });
});

describe('resubmitJob with a backend that repeats the whole job', () => {
  it('shows no prompt, and passes no request', async () => {
    const asked: (readonly unknown[])[] = [];
    const backend = backendOf({
      jobs: [jobOf({ id: 'again' })],
      questions: () => [node],
      again: (id, _signal, request) => {
        asked.push([id, request]);
        return Promise.resolve(toJobId('again'));
      },
    });
    await resubmit(backend, []);
    assert.deepEqual(asked, [['j1', undefined]]);
  });
});
