import assert from 'node:assert/strict';
import { JobCache } from '../../../../src/core/jobs/jobCache.js';
import { createJobIndex } from '../../../../src/core/jobs/jobIndex.js';
import { settle } from '../../../fakes/clock.js';
import { jobOf } from '../../../fakes/jobs.js';
import { memoryLog, memoryStore } from '../../../fakes/memoryStore.js';

describe('JobCache', () => {
  it('reads the jobs it wrote', async () => {
    const cache = new JobCache('local', { store: memoryStore(), log: memoryLog() });
    cache.write(createJobIndex([jobOf({ id: 'a' }), jobOf({ id: 'b' })]));
    await settle();
    assert.deepEqual(
      (await cache.read()).map(({ id }) => id),
      ['a', 'b'],
    );
  });

  it('logs failures of the store, and continues without it', async () => {
    const log = memoryLog();
    const refuse = (): Promise<never> => Promise.reject(new Error('no disk'));
    const cache = new JobCache('local', { store: { ...memoryStore(), read: refuse, write: refuse }, log });
    assert.deepEqual(await cache.read(), []);
    cache.write(createJobIndex([jobOf()]));
    await settle();
    assert.deepEqual(log.lines, [
      'warn the last known jobs of local cannot be read: Error: no disk',
      'warn the jobs of local could not be stored: Error: no disk',
    ]);
  });
});
