import assert from 'node:assert/strict';
import type { ServerCalls } from '../../src/backends/juliahub/serverCalls.js';
import { heldBytes } from '../fakes/heldBytes.js';
import { logServer, readerOf } from '../unit/backends/juliahub/logsServer.js';

const total = 1_000_000;
const pageSize = 10_000;
const firstMs = Date.parse('2026-03-15T07:58:13.000Z');

/** A server that generates its pages on request. */
const endlessServer = (): ServerCalls => ({
  ...logServer().calls,
  send: async ({ query = {} }) => {
    const known = Number(query['event_id']);
    const from = query['start_time']
      ? known + 1
      : Math.max(1, (query['end_time'] ? known : total + 1) - pageSize);
    const to = Math.min(total, query['end_time'] ? known - 1 : from + pageSize - 1);
    const parts = from === 1 ? ['{"_meta":true,"end":"top","message":""}'] : [];
    for (let line = from; line <= to; line++)
      parts.push(`{"message":"line ${line} of the log","timestamp":${firstMs + line},"eventId":"${line}"}`);
    if (to === total) parts.push('{"_meta":true,"end":"bottom","message":""}');
    return { status: 200, headers: {}, text: JSON.stringify(`[${parts.join()}]`) };
  },
});

describe('a log of a million entries', () => {
  it('is read completely and in order, with only a few pages in memory', async function () {
    this.timeout(120_000);
    const { read } = readerOf(logServer(), endlessServer());
    const before = heldBytes();
    let most = 0;
    let count = 0;
    for await (const event of read()) {
      count++;
      if (event.kind !== 'line' || event.text !== `line ${count} of the log`)
        assert.fail(`line ${count} differs`);
      if (count % 95_000 === 0) most = Math.max(most, heldBytes());
    }
    assert.equal(count, total);
    assert.ok(most - before < 30 * 2 ** 20, `${Math.round((most - before) / 2 ** 20)} MiB`);
  });
});
