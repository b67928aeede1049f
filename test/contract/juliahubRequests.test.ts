import assert from 'node:assert/strict';
import { toJobId } from '../../src/core/domain/job.js';
import type { LogStart } from '../../src/core/domain/log.js';
import type { Controls } from '../doubles/juliahub/controls.js';
import { hub } from './juliahub.js';
import { linesOf, never, wholeLog } from './subject.js';
import { readEvents } from '../fakes/backendCalls.js';

const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe('JuliaHub: requests for an open log on the test server', () => {
  const seconds = 6;
  for (const [what, controls] of [
    ['sockets are dropped', { dropSocketEvery: 3 }],
    ['there are no sockets', { noSockets: true }],
  ] satisfies readonly (readonly [string, Partial<Controls>])[])
    for (const at of ['start', 'cursor'] as const)
      it(`are at most 40 in ${seconds} s while the job writes continuously, from a ${at} where ${what}`, async function () {
        this.timeout(60_000);
        const place = await hub({ controls });
        try {
          const { double } = place;
          const job = double.inject({ status: 'Running', log: 20 });
          const id = toJobId(job.name);
          const backend = place.window();
          let from: LogStart = { at: 'start' };
          for await (const event of readEvents(backend, id, from, false, never))
            if (at === 'cursor' && event.kind === 'line') from = { at: 'cursor', cursor: event.next };
          const stop = new AbortController();
          let lines = 0;
          const reading = (async () => {
            for await (const event of readEvents(backend, id, from, true, stop.signal))
              lines += event.kind === 'line' ? 1 : 0;
          })();
          reading.catch(() => undefined);
          const before = double.calls('GET /juliaruncloud/get_logs') + double.calls('WS');
          for (let time = 0; time < seconds * 25; time++) {
            double.append(job, `more ${time}`);
            await new Promise((resolve) => setTimeout(resolve, 40));
          }
          const asked = double.calls('GET /juliaruncloud/get_logs') + double.calls('WS') - before;
          stop.abort();
          await assert.rejects(reading, { name: 'AbortError' });
          assert.ok(asked <= 40, `${asked} requests`);
          assert.ok(asked >= 4 && lines > 50, `${asked} requests, ${lines} lines`);
        } finally {
          await place.end();
        }
      });

  it('are ten for a history of 100,000 entries', async function () {
    this.timeout(120_000);
    const place = await hub({});
    try {
      const job = place.double.inject({ status: 'Running', log: 100_000 });
      place.double.finish(job, 'Completed');
      assert.deepEqual(linesOf(await wholeLog(place.window(), toJobId(job.name))), numbered(100_000));
      assert.equal(place.double.calls('GET /juliaruncloud/get_logs'), 10);
    } finally {
      await place.end();
    }
  });
});
