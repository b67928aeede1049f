import assert from 'node:assert/strict';
import { EndCollector } from '../../../src/commands/endCollector.js';
import { fakeClock } from '../../fakes/clock.js';
import { backendOf, completed, jobOf } from '../../fakes/jobs.js';

describe('EndCollector', () => {
  const setUp = () => {
    const clock = fakeClock();
    const told: string[] = [];
    const logged: string[] = [];
    const closing = new AbortController();
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (text: string) => void logged.push(text),
    };
    const collector = new EndCollector(
      (ended, whileAway) => {
        told.push(`${whileAway ? 'away' : 'here'} ${ended.map(({ job }) => job.id).join()}`);
        return ended.length > 2 ? Promise.reject(new Error('no')) : Promise.resolve();
      },
      { clock, log },
      closing.signal,
    );
    const end = (...ids: readonly string[]) =>
      ids.map((id) => ({ backend: backendOf({}), job: jobOf({ id, state: completed }) }));
    return { clock, told, logged, closing, collector, end };
  };

  it('reports the jobs together that finish within 1.5 s', async () => {
    const { clock, told, collector, end } = setUp();
    collector.add(end('a'), false);
    await clock.advance(1_000);
    collector.add(end('b'), false);
    assert.deepEqual(told, []);
    await clock.advance(500);
    assert.deepEqual(told, ['here a,b']);
    collector.add(end('c'), false);
    await clock.advance(1_500);
    assert.deepEqual(told, ['here a,b', 'here c']);
  });

  it('reports those of an absence separately, and logs a failure', async () => {
    const { clock, told, logged, collector, end } = setUp();
    collector.add(end('a', 'b', 'c'), true);
    collector.add(end('d'), false);
    await clock.advance(1_500);
    assert.deepEqual(told, ['away a,b,c', 'here d']);
    assert.deepEqual(logged, ['could not notify of finished jobs']);
  });

  it('reports nothing while the window closes', async () => {
    const { clock, told, closing, collector, end } = setUp();
    collector.add(end('a'), false);
    closing.abort();
    await clock.advance(5_000);
    assert.deepEqual(told, []);
  });
});
