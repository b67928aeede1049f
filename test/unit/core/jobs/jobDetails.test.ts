import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Job } from '../../../../src/core/domain/job.js';
import { JobDetails } from '../../../../src/core/jobs/jobDetails.js';
import { memoryMetadata } from '../../../fakes/details.js';
import { jobOf } from '../../../fakes/jobs.js';
import { memoryLog } from '../../../fakes/memoryStore.js';

const connection = { id: 'hpc', kind: 'slurm', title: 'HPC', settings: {} };
const job = (id: string): Job => jobOf({ id });

describe('the details of jobs', () => {
  it('are read when a row needs them, all of one turn together, and once', async () => {
    const store = memoryMetadata({ a: { label: 'first' } });
    const details = new JobDetails({ openStore: () => Promise.resolve(store), log: memoryLog() });
    const changes: unknown[] = [];
    details.onDidChange((change) => changes.push(change));
    assert.equal(details.get(connection, job('a')), undefined);
    assert.equal(details.get(connection, job('b')), undefined);
    await nextTurn();
    await nextTurn();
    assert.deepEqual(details.get(connection, job('a')), { label: 'first' });
    assert.equal(details.get(connection, job('b')), undefined);
    // A job without metadata needs no redraw.
    assert.deepEqual(changes, [{ connection: 'hpc', ids: ['a'] }]);
    assert.deepEqual(store.reads, ['a', 'b']);
  });

  it('that are requested while others are read are read after them', async () => {
    const store = memoryMetadata({ a: { label: 'A' }, b: { label: 'B' } });
    const details = new JobDetails({ openStore: () => Promise.resolve(store), log: memoryLog() });
    details.get(connection, job('a'));
    await Promise.resolve();
    details.get(connection, job('b'));
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.deepEqual(
      [details.get(connection, job('a')), details.get(connection, job('b'))],
      [{ label: 'A' }, { label: 'B' }],
    );
  });

  it('show a change immediately, and keep other fields', async () => {
    const store = memoryMetadata({ a: { label: 'A' } });
    const details = new JobDetails({ openStore: () => Promise.resolve(store), log: memoryLog() });
    const ids: string[] = [];
    details.onDidChange((change) => ids.push(...change.ids));
    await details.update(connection, job('a'), { set: { isPinned: true } });
    assert.deepEqual(details.get(connection, job('a')), { label: 'A', isPinned: true });
    await details.update(connection, job('a'), { remove: ['isPinned'] });
    assert.deepEqual(details.get(connection, job('a')), { label: 'A' });
    assert.deepEqual(ids, ['a', 'a']);
  });

  it('are read again on request, and forgotten with their job', async () => {
    const store = memoryMetadata({ a: { label: 'A' }, b: { label: 'B' } });
    const details = new JobDetails({ openStore: () => Promise.resolve(store), log: memoryLog() });
    await details.read(connection, job('a'));
    await details.read(connection, job('b'));
    store.entries.set('a', { label: 'from another window' });
    store.reads.length = 0;
    await details.invalidate((_, id) => (id === 'a' ? job('a') : undefined));
    assert.deepEqual(details.get(connection, job('a')), { label: 'from another window' });
    assert.deepEqual(store.reads, ['a']);
  });

  it('are empty, and logged, if they cannot be read', async () => {
    const log = memoryLog();
    const details = new JobDetails({ openStore: () => Promise.reject(new Error('EACCES')), log });
    details.get(connection, job('a'));
    await nextTurn();
    await nextTurn();
    assert.equal(details.get(connection, job('a')), undefined);
    assert.match(log.lines.join('\n'), /warn the metadata of the jobs of hpc could not be read: .*EACCES/);
  });
});
