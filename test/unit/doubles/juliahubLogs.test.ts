import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import type { Double } from '../../doubles/juliahub/double.js';
import type { DoubleJob } from '../../doubles/juliahub/state.js';
import { bearer, runScript, until, withHub } from './juliahubAsk.js';

interface Told {
  readonly message: string;
  readonly timestamp: string;
  readonly eventId: string;
  readonly end?: string;
  readonly keywords?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const ask = (double: Double, query: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(
    `${double.url}/juliaruncloud/get_logs?${new URLSearchParams({ log_output_type: 'content', log_out_type: 'json', ...query }).toString()}`,
    { headers: bearer(double.token()) },
  );

/** A page, decoded twice. Source: docs/protocols/juliahub.md, 5.1. */
async function page(double: Double, query: Readonly<Record<string, string>>): Promise<readonly Told[]> {
  const answer = (await (await ask(double, query)).json()) as string;
  assert.equal(typeof answer, 'string');
  return JSON.parse(answer) as Told[];
}

/** `top`, `1`, `2`, …, `bottom`. */
const ids = (page: readonly Told[]): string => page.map(({ end, eventId }) => end ?? eventId).join(' ');

const near = (way: 'start_time' | 'end_time', entry: Told | undefined): Record<string, string> => ({
  [way]: String(Date.parse(entry?.timestamp ?? '')),
  event_id: entry?.eventId ?? '',
});

describe('JuliaHub stand-in: pages of logs (5.1)', () => {
  it('are the newest, those before an entry, and those after one', () =>
    withHub({ controls: { pageSize: 10 } }, async (double) => {
      const { name: jobname } = double.inject({ log: 25 });
      const newest = await page(double, { jobname });
      assert.equal(ids(newest), '16 17 18 19 20 21 22 23 24 25 bottom');
      const before = await page(double, { jobname, ...near('end_time', newest[0]) });
      assert.equal(ids(before), '6 7 8 9 10 11 12 13 14 15');
      const first = await page(double, { jobname, ...near('end_time', before[0]) });
      assert.equal(ids(first), 'top 1 2 3 4 5');
      assert.equal(ids(await page(double, { jobname, ...near('end_time', first[1]) })), 'top');
      const next = await page(double, { jobname, ...near('start_time', first[5]) });
      assert.equal(ids(next), '6 7 8 9 10 11 12 13 14 15');
      const last = await page(double, { jobname, ...near('start_time', newest[9]) });
      assert.equal(ids(last), 'bottom');
    }));

  it('of a small log contain top, all entries and, once the job has ended, bottom', () =>
    withHub({}, async (double) => {
      const job = double.inject({ status: 'Running', log: ['one'] });
      assert.equal(ids(await page(double, { jobname: job.name })), 'top 1');
      double.finish(job, 'Completed');
      assert.equal(ids(await page(double, { jobname: job.name })), 'top 1 bottom');
      assert.equal(ids(await page(double, { jobname: double.inject({}).name })), 'top bottom');
    }));

  it('distinguish entries of the same millisecond by their id', () =>
    withHub({ controls: { pageSize: 2 } }, async (double) => {
      const { name: jobname } = double.inject({ log: 5, lineEveryMs: 0 });
      const newest = await page(double, { jobname });
      assert.equal(ids(await page(double, { jobname, ...near('end_time', newest[0]) })), '2 3');
    }));

  it('are found by time if entries have no id', () =>
    withHub({ controls: { pageSize: 2, eventIds: false } }, async (double) => {
      const { name: jobname } = double.inject({ log: 5 });
      const texts = (page: readonly Told[]): readonly string[] => page.map(({ message }) => message);
      const newest = await page(double, { jobname });
      assert.deepEqual(texts(newest), ['line 4', 'line 5', '']);
      const { event_id: _, ...before } = near('end_time', newest[0]);
      assert.deepEqual(texts(await page(double, { jobname, ...before })), ['line 2', 'line 3']);
      const { event_id: __, ...after } = near('start_time', newest[0]);
      assert.deepEqual(texts(await page(double, { jobname, ...after })), ['line 5', '']);
    }));

  it('contain entries only after the delay', () =>
    withHub({ controls: { logLagMs: 60_000 } }, async (double) => {
      const job = double.inject({ status: 'Running', log: ['old'] });
      double.append(job, 'fresh');
      double.finish(job, 'Completed');
      assert.equal(ids(await page(double, { jobname: job.name })), 'top 1');
      double.controls.clockSkewMs = 60_001;
      assert.equal(ids(await page(double, { jobname: job.name })), 'top 1 2 bottom');
    }));

  it('contain times and bodies in the forms of different servers', () =>
    withHub({}, async (double) => {
      const { name: jobname } = double.inject({ log: 1 });
      const time = async (): Promise<unknown> => (await page(double, { jobname }))[1]?.timestamp;
      assert.match(String(await time()), /^[\d-]+T[\d:.]+Z$/);
      double.controls.logTimes = 'plain';
      assert.match(String(await time()), /^[\d-]+T[\d:.]+\d$/);
      double.controls.logTimes = 'number';
      assert.equal(typeof (await time()), 'number');
      double.controls.logTimes = 'none';
      assert.equal(await time(), undefined);
      double.controls.plainLogs = true;
      assert.ok(Array.isArray(await (await ask(double, { jobname })).json()));
      double.controls.refuseLogs = 'gone';
      assert.deepEqual(await (await ask(double, { jobname })).json(), { success: false, reason: 'gone' });
    }));

  it('of unknown jobs are refused with 403 and its text', () =>
    withHub({}, async (double) => {
      const answer = await ask(double, { jobname: 'jr-nobody' });
      assert.deepEqual([answer.status, await answer.text()], [403, 'User does not have access to this job.']);
    }));

  it('record invalid requests', () =>
    withHub(
      {},
      async (double) => {
        const { name: jobname } = double.inject({ log: 5 });
        const status = async (query: Record<string, string>): Promise<number> =>
          (await ask(double, query)).status;
        assert.equal(await status({}), 400);
        assert.equal(await status({ jobname, start_time: '1700000000000', end_time: '1700000000000' }), 400);
        assert.equal(await status({ jobname, start_time: '1700000000', event_id: '1' }), 400);
        assert.equal(await status({ jobname, nentries: '10001' }), 400);
        assert.equal(await status({ jobname, log_out_type: 'text' }), 400);
        assert.equal(await status({ jobname, start_time: '1700000000000', event_id: '1' }), 200);
        assert.equal(await status({ jobname, start_time: '1700000000000', event_id: '99' }), 200);
      },
      [
        /without jobname/,
        /both times/,
        /not in milliseconds/,
        /nentries=10001/,
        /log_out_type=json/,
        /but the entry 1 is of/,
        /unknown entry 99/,
      ],
    ));

  it('of a million entries use no memory before they are requested', () =>
    withHub({}, async (double) => {
      const { name: jobname } = double.inject({ log: 1_000_000 });
      const newest = await page(double, { jobname });
      assert.equal(newest.length, 10_001);
      assert.equal(newest[0]?.message, 'line 990001');
      assert.equal((await page(double, { jobname, ...near('end_time', newest[0]) })).length, 10_000);
    }));
});

/** The messages of a socket from its opening to `until`. */
async function heard(
  double: Double,
  { name }: DoubleJob,
  more: Readonly<Record<string, string>>,
  until: (message: string, count: number) => boolean,
  opened: () => void = () => undefined,
): Promise<readonly string[]> {
  const query = new URLSearchParams({ jobname: name, refresh_interval: '1', log_out_type: 'json', ...more });
  const socket = new WebSocket(`${double.url.replace('http', 'ws')}/ws/stream_logs?${query.toString()}`, {
    headers: bearer(double.token()),
  });
  const all: string[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('open', opened);
    socket.on('message', (data: Buffer) => {
      all.push(data.toString());
      if (until(data.toString(), all.length)) resolve();
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
  socket.terminate();
  return all.map((message) => {
    if (message === '') return '-';
    const told = JSON.parse(message) as Told;
    return told.end ?? told.eventId;
  });
}

const isBottom = (message: string): boolean => message.includes('"bottom"');

describe('JuliaHub stand-in: streams of logs (5.3)', () => {
  it('start after the offset and end with the mark', () =>
    withHub({}, async (double) => {
      const job = double.inject({ log: 5 });
      assert.deepEqual(await heard(double, job, { offset: '3' }, isBottom), ['4', '5', 'bottom']);
      assert.deepEqual(await heard(double, job, { offset: '0' }, isBottom), [
        ...['1', '2', '3', '4', '5'],
        'bottom',
      ]);
    }));

  it('without an offset contain only new entries', () =>
    withHub({}, async (double) => {
      const job = double.inject({ status: 'Running', log: 5 });
      const told = await heard(double, job, {}, isBottom, () => {
        double.append(job, 'six');
        double.finish(job, 'Completed');
      });
      assert.deepEqual(told, ['6', 'bottom']);
    }));

  it('send empty messages while there are no entries', () =>
    withHub({ controls: { keepAliveMs: 5 } }, async (double) => {
      const job = double.inject({ status: 'Running', log: 5 });
      assert.deepEqual(await heard(double, job, { offset: '5' }, (_, count) => count === 2), ['-', '-']);
    }));

  it('drop, repeat, and start with top, if configured', () =>
    withHub({ controls: { dropSocketEvery: 2, repeatOnSocket: 1, topOnSocket: true } }, async (double) => {
      const job = double.inject({ status: 'Running', log: 5 });
      const told = await heard(double, job, { offset: '3' }, () => false);
      assert.deepEqual(told.slice(0, 3), ['top', '3', '4']);
      assert.ok(!told.includes('5'));
    }));

  it('follow a process line by line', () =>
    withHub({}, async (double) => {
      const job = await runScript(
        double,
        '#!/bin/sh\nfor n in 1 2 3; do echo $n; sleep 0.02; done\n',
        {},
        () => true,
      );
      assert.deepEqual(await heard(double, job, { offset: '0' }, isBottom), ['1', '2', '3', 'bottom']);
    }));

  it('send a long log without holding it in memory', () =>
    withHub({}, async (double) => {
      const job = double.inject({ log: 50_000 });
      const told = await heard(double, job, { offset: '0' }, isBottom);
      assert.equal(told.length, 50_001);
      assert.ok(told.slice(0, -1).every((id, index) => id === String(index + 1)));
    }));

  for (const [what, more, status, violation] of [
    ['no refresh_interval', { refresh_interval: '' }, 400, /refresh_interval=/],
    ['an offset that is not an id', { offset: 'x' }, 400, /offset=x/],
    ['an unknown job', { jobname: 'jr-nobody' }, 403, undefined],
  ] as const)
    it(`are refused with ${what}`, () =>
      withHub(
        {},
        async (double) => {
          const opened = heard(double, double.inject({}), more, () => true);
          await assert.rejects(opened, new RegExp(String(status)));
        },
        violation ? [violation] : [],
      ));

  it('are refused if configured, and without a token', () =>
    withHub(
      { controls: { noSockets: true } },
      async (double) => {
        const job = double.inject({});
        await assert.rejects(
          heard(double, job, {}, () => true),
          /403/,
        );
        const query = `jobname=${job.name}&refresh_interval=1&log_out_type=json`;
        const socket = new WebSocket(`${double.url.replace('http', 'ws')}/ws/stream_logs?${query}`);
        await new Promise<void>((resolve) => {
          socket.on('error', (error) => {
            assert.match(error.message, /401/);
            resolve();
          });
        });
        assert.equal(double.calls('WS'), 2);
      },
      [/stream_logs without a token/],
    ));

  it('do not prevent the server from ending', async () => {
    await withHub({}, async (double) => {
      const job = double.inject({ status: 'Running' });
      const closed = heard(double, job, {}, () => false);
      await until(() => job.listeners.size > 0, 'the socket does not open');
      await double.end();
      await closed;
    });
  });
});
