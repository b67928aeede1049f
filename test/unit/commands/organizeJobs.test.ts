import assert from 'node:assert/strict';
import { pinJobs, renameJob, unpinJobs } from '../../../src/commands/organizeJobs.js';
import type { JobMetadata } from '../../../src/core/domain/jobMetadata.js';
import { portsOf } from '../../fakes/commandPorts.js';
import { memoryMetadata } from '../../fakes/details.js';
import { backendOf, jobOf } from '../../fakes/jobs.js';
import { leaves, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const start = (known: Readonly<Record<string, JobMetadata>>, ...script: readonly Expected[]) => {
  const { ui, seen } = scriptedUi(...script);
  const jobs = [jobOf({ id: 'j1' }), jobOf({ id: 'j2' })];
  const backend = backendOf({ jobs });
  const metadata = memoryMetadata(known);
  const ports = portsOf({ ui, metadata, jobs: jobs.map((job) => ({ backend, job })) });
  return { seen, ports, entries: metadata.entries };
};

describe('pinJobs', () => {
  it('pins all selected jobs, and unpins them', async () => {
    const { ports, entries } = start({ j2: { label: 'best' } });
    await pinJobs(['local/j1', 'local/j2'], ports);
    assert.deepEqual(
      [entries.get('j1'), entries.get('j2')],
      [{ isPinned: true }, { label: 'best', isPinned: true }],
    );
    await unpinJobs(['local/j2'], ports);
    assert.deepEqual(entries.get('j2'), { label: 'best' });
  });
});

describe('renameJob', () => {
  it('stores a label, which starts with the current name', async () => {
    const { ports, entries, seen } = start({}, types('Rename fit.jl', ' best run '));
    await renameJob(['local/j1'], ports);
    assert.deepEqual(entries.get('j1'), { label: 'best run' });
    assert.equal(seen.steps[0]?.field?.initial, 'fit.jl');
  });

  for (const text of ['', 'fit.jl'])
    it(`restores the name with "${text}"`, async () => {
      const { ports, entries, seen } = start({ j1: { label: 'best' } }, types('Rename fit.jl', text));
      await renameJob(['local/j1'], ports);
      assert.deepEqual(entries.get('j1'), {});
      assert.equal(seen.steps[0]?.field?.initial, 'best');
    });

  it('refuses a very long label, and changes nothing if it is dismissed', async () => {
    const long = start({}, types('Rename fit.jl', 'x'.repeat(201), 'short'));
    await renameJob(['local/j1'], long.ports);
    assert.deepEqual(long.seen.complaints, ['Enter at most 200 characters.']);
    const left = start({}, leaves('Rename fit.jl'));
    await renameJob(['local/j1'], left.ports);
    assert.equal(left.entries.size, 0);
  });
});
