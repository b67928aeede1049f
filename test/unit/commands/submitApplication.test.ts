import assert from 'node:assert/strict';
import { submitApplication } from '../../../src/commands/submitApplication.js';
import type { Backend } from '../../../src/core/domain/backend.js';
import {
  pickJobRequest,
  type Application,
  type JobRequest,
  type JobWorkload,
} from '../../../src/core/domain/jobSpec.js';
import type { Question } from '../../../src/core/domain/questions.js';
import { toJobId } from '../../../src/core/domain/job.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { portsOf, type World } from '../../fakes/commandPorts.js';
import { backendOf, jobOf, type FakeMembers } from '../../fakes/jobs.js';
import { keeps, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const pluto: Application = { id: 'pluto', title: 'Pluto', detail: 'notebooks' };
const sweep: Application = { id: 'sweep', title: 'Sweep' };
const kinds: JobWorkload['kind'][] = [];
const node: Question = { id: 'node', title: 'Node', prompt: 'What it runs on' };
const key: Question = { id: 'key', title: 'Key', prompt: 'Yours', secret: true };

/** A backend that offers these applications, and its start calls. */
function offering(applications: readonly Application[], members: FakeMembers = {}) {
  const sent: { readonly application: Application; readonly request: JobRequest }[] = [];
  const backend = backendOf({
    connection: { id: 'hub', kind: 'juliahub', title: 'Hub', settings: {} },
    jobs: [jobOf({ id: 'new' })],
    capabilities: { kinds: ['application'], args: false, env: true },
    applications: () => Promise.resolve(applications),
    send: (spec) => {
      assert.ok(spec.kind === 'application');
      sent.push({ application: spec.application, request: pickJobRequest(spec) });
      return Promise.resolve(toJobId('new'));
    },
    ...members,
  });
  return { sent, backend };
}

async function submit(
  backends: readonly Backend[],
  script: readonly Expected[],
  world: Partial<World> = {},
  rows: readonly string[] = [],
) {
  const { ui, seen } = scriptedUi(...script);
  const ports = portsOf({ ui, backends, ...world });
  await submitApplication(rows, ports);
  assert.deepEqual(seen.left(), []);
  return { seen, done: ports.deeds.done, facts: ports.deeds.facts };
}

const choose = picks('Submit Application to Hub', 'Pluto');
const sends = picks('Submit Pluto to Hub: Review', 'Submit');

describe('submitApplication', () => {
  it('starts the selected application, and shows its job', async () => {
    const { sent, backend } = offering([sweep, pluto]);
    const script = [
      choose,
      picks(/: Review$/, 'Name'),
      types('Submit Pluto: Name', 'my notebooks'),
      picks(/: Review$/, 'Environment'),
      types(/: Environment$/, 'n=1'),
      sends,
    ];
    const { seen, done } = await submit([backend], script);
    assert.deepEqual(
      seen.steps[0]?.items.map(({ label, description }) => [label, description]),
      [
        ['Sweep', undefined],
        ['Pluto', 'notebooks'],
      ],
    );
    assert.deepEqual(sent, [
      { application: pluto, request: { name: 'my notebooks', args: [], env: { n: '1' }, options: {} } },
    ]);
    assert.deepEqual(done, ['awaitEnd hub/new', 'include hub/new', 'select hub/new', 'log hub/new']);
  });

  it("shows and validates the backend's questions about applications", async () => {
    kinds.length = 0;
    const { backend } = offering([pluto], {
      questions: (kind) => {
        kinds.push(kind);
        return [node];
      },
      validate: (work) =>
        Promise.resolve([{ label: 'Checked', text: work.kind === 'application' ? work.application.id : '' }]),
    });
    const script = [choose, types(/: Node$/, 'm6'), leaves(/: Review$/)];
    const { seen } = await submit([backend], script);
    assert.deepEqual([...new Set(kinds)], ['application']);
    assert.equal(seen.steps.at(-1)?.items.find(({ label }) => label === 'Checked')?.description, 'pluto');
  });

  it('starts with the last answers for this application only', async () => {
    const { sent, backend } = offering([sweep, pluto], { questions: () => [node, key] });
    const facts = new Map<string, unknown>();
    const all = [
      types(/: Node$/, 'm6'),
      types(/: Key$/, 's3cret'),
      picks(/: Review$/, 'Environment'),
      types(/: Environment$/, 'n=1'),
    ];
    await submit([backend], [choose, ...all, sends], { facts });
    assert.ok(!JSON.stringify([...facts]).includes('s3cret'));
    const kept = [types(/: Key$/, 'again')];
    await submit([backend], [choose, ...kept, sends], { facts });
    assert.deepEqual(sent[1]?.request, {
      name: 'Pluto',
      args: [],
      env: { n: '1' },
      options: { node: 'm6', key: 'again' },
    });
    const other = [picks(/^Submit Application/, 'Sweep'), leaves(/: Node$/)];
    const { seen } = await submit([backend], other, { facts });
    assert.equal(seen.steps.at(-1)?.field?.initial, '');
  });

  it('uses the connection of the row without a prompt', async () => {
    const one = offering([pluto]);
    const other = offering([pluto], {
      connection: { id: 'hub-2', kind: 'juliahub', title: 'Other Hub', settings: {} },
    });
    const script = [
      picks('Submit Application to Other Hub', 'Pluto'),
      picks('Submit Pluto to Other Hub: Review', 'Submit'),
    ];
    await submit([one.backend, other.backend], script, {}, ['hub-2']);
    assert.deepEqual([one.sent.length, other.sent.length], [0, 1]);
  });

  it('sends nothing if it is dismissed at any step', async () => {
    const { sent, backend } = offering([pluto]);
    const steps = [/^Submit Application to/, /: Review$/];
    for (const [index, last] of steps.entries()) {
      const before = steps.slice(0, index).map((step) => keeps(step));
      const { facts } = await submit([backend], [...before, leaves(last)]);
      assert.deepEqual([sent.length, facts.size], [0, 0]);
    }
  });

  it('reports that a connection offers no applications, or that no connection does', async () => {
    const { backend } = offering([]);
    await assert.rejects(submit([backend], []), {
      problem: { kind: 'invalid', why: 'Hub offers no applications.' },
    });
    const { seen } = await submit([backendOf()], []);
    assert.equal(seen.told[0]?.text, 'No connection offers applications.');
  });

  it('calls no backend from an untrusted workspace', async () => {
    let calls = 0;
    const { sent, backend } = offering([pluto], {
      applications: () => {
        calls++;
        return Promise.resolve([pluto]);
      },
    });
    await assert.rejects(submit([backend], [], { desk: { isTrusted: () => false } }), {
      problem: { kind: 'untrusted' },
    });
    assert.deepEqual([calls, sent.length], [0, 0]);
  });

  it('never sends twice on its own, and keeps the input', async () => {
    let calls = 0;
    const problem = { kind: 'offline', place: 'Hub', why: 'no response' } as const;
    const { backend } = offering([pluto], {
      send: () => {
        calls++;
        return Promise.reject(new JobError(problem));
      },
    });
    const facts = new Map<string, unknown>();
    const script = [choose, picks(/: Review$/, 'Environment'), types(/: Environment$/, 'n=1'), sends];
    await assert.rejects(submit([backend], script, { facts }), { problem });
    assert.equal(calls, 1);
    const { seen } = await submit(
      [backend],
      [choose, picks(/: Review$/, 'Environment'), leaves(/: Environment$/)],
      { facts },
    );
    assert.equal(seen.steps.at(-1)?.field?.initial, 'n=1');
  });
});
