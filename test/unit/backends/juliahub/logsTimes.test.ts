import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { collect, entry, logServer, numbered, plain, readerOf, type WireEntry } from './logsServer.js';

type Shape = (line: number) => WireEntry;

const timed: Shape = (line) => entry(line, `line ${line}`);
const untimed: Shape = (line) => ({ message: `line ${line}`, eventId: String(line) });
const unnamed: Shape = (line) => ({ message: `line ${line}` });

const shapes: readonly (readonly [string, Shape])[] = [
  ['no entry has a time', untimed],
  ['no entry has a time or an id', unnamed],
  ['every second entry has a time', (line) => (line % 2 === 0 ? timed(line) : untimed(line))],
  [
    'every seventh entry has a time, and the others no id',
    (line) => (line % 7 === 0 ? timed(line) : unnamed(line)),
  ],
  ['a page in the middle has no times', (line) => (line > 16 && line < 40 ? untimed(line) : timed(line))],
  ['the first lines have no times', (line) => (line < 33 ? untimed(line) : timed(line))],
  ['the last lines have no times', (line) => (line > 44 ? untimed(line) : timed(line))],
];

/** Asserts that lines between gaps are consecutive, each once, and that missing lines have a gap. */
function demandTold(events: readonly LogEvent[], from: number | undefined, to: number): void {
  let last = from;
  for (const event of events) {
    if (event.kind === 'gap') last = undefined;
    if (event.kind !== 'line') continue;
    const number = Number(event.text.slice('line '.length));
    if (last !== undefined) assert.equal(number, last + 1, `after ${last}`);
    last = number;
  }
  assert.equal(last, to);
}

describe('the log of a JuliaHub job with missing timestamps', () => {
  for (const [what, shape] of shapes) {
    const lines = Array.from({ length: 50 }, (_, index) => shape(index + 1));

    it(`has a gap wherever lines are missing, where ${what}`, async () => {
      const server = logServer({}, lines);
      server.end();
      const { read, clock } = readerOf(server);
      demandTold(await collect(read(), clock), 0, 50);
      demandTold(await collect(read({ at: 'end', bytes: 1e6 }), clock), 0, 50);
    });

    it(`resumes after each line without an unreported gap, where ${what}`, async () => {
      const server = logServer({}, lines.slice(0, 30));
      const reader = readerOf(server);
      const before = await collect(reader.read(), reader.clock);
      server.write(...lines.slice(30));
      server.end();
      const last = before.at(-1);
      assert.ok(last?.kind === 'line');
      demandTold(await collect(reader.read({ at: 'cursor', cursor: last.next }), reader.clock), 30, 50);
    });

    it(`is followed without an unreported gap while many lines arrive at once, where ${what}`, async () => {
      const server = logServer({ refuseSockets: 404 }, lines.slice(0, 5));
      const reader = readerOf(server);
      const events: LogEvent[] = [];
      const done = (async () => {
        for await (const event of reader.read({ at: 'start' }, true)) events.push(event);
      })();
      for (let at = 5; at < 50; at += 15) {
        server.write(...lines.slice(at, at + 15));
        await reader.clock.advance(5_000);
      }
      server.end();
      await reader.clock.advance(60_000);
      await done;
      demandTold(events, 0, 50);
    });
  }

  it('contains equal lines as often as they were written', async () => {
    const server = logServer({ refuseSockets: 404 }, [{ message: 'start' }, { message: 'tick' }]);
    const reader = readerOf(server);
    const events: LogEvent[] = [];
    const done = (async () => {
      for await (const event of reader.read({ at: 'start' }, true)) events.push(event);
    })();
    for (let time = 0; time < 4; time++) {
      await reader.clock.advance(5_000);
      server.write({ message: 'tick' });
    }
    server.end();
    await reader.clock.advance(60_000);
    await done;
    assert.deepEqual(plain(events), ['start', ...Array<string>(5).fill('tick')]);
  });

  it('is complete if entries have a timestamp', async () => {
    const server = logServer({}, numbered(50));
    server.end();
    const { read, clock } = readerOf(server);
    assert.deepEqual(plain(await collect(read(), clock)), numbered(50));
  });
});
