import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { createAxiosHttp } from '../../../src/http/axiosHttp.js';
import { parseArray } from '../../../src/http/jsonArray.js';
import { discardBody, type BodySource } from '../../../src/http/http.js';
import { isAbort, JobError } from '../../../src/core/domain/problem.js';
import { systemClock } from '../../../src/lib/node/systemClock.js';
import { fakeClock } from '../../fakes/clock.js';
import { longestBlock } from '../../fakes/longestBlock.js';
import {
  bytesOf,
  errorOf,
  hastyClock,
  httpServer,
  never,
  rawServer,
  until,
  type Serving,
} from './servers.js';

const servers: Serving[] = [];
const started = async (serving: Promise<Serving>): Promise<Serving> => {
  servers.push(await serving);
  return serving;
};
const endAll = (): void => {
  for (const server of servers.splice(0)) server.end();
};
const http = createAxiosHttp({ clock: hastyClock, plainLoopback: true });

describe('axiosHttp, a body that is read while it is sent', () => {
  afterEach(endAll);

  /** A server that stores what it receives, and reports whether it was complete. */
  async function taking(): Promise<Serving & { readonly got: () => number; readonly whole: () => boolean }> {
    let got = 0;
    let isWhole = false;
    const server = await started(
      httpServer((request, response) => {
        request.on('data', (part: Buffer) => (got += part.length));
        request.on('error', () => undefined);
        request.on('end', () => {
          isWhole = true;
          response.end('taken');
        });
      }),
    );
    return { ...server, got: () => got, whole: () => isWhole };
  }

  const parts = (...sizes: readonly number[]): BodySource['read'] =>
    async function* () {
      for (const size of sizes) yield await Promise.resolve(Buffer.alloc(size, 'x'));
    };

  for (const [bytes, how] of [
    [250, 'grew'],
    [350, 'shrank'],
  ] as const)
    it(`that ${how} is reported, and never arrives complete`, async () => {
      const server = await taking();
      const body = { bytes, read: parts(100, 100, 100), path: '/tmp/fit.tar' };
      const { problem } = await errorOf(http.ask({ method: 'PUT', url: server.url, body }, never));
      assert.deepEqual(problem, { kind: 'changed', path: '/tmp/fit.tar', how });
      await until(() => server.open() === 0, 'the connection is closed');
      assert.equal(server.whole(), false);
    });

  it('that cannot be read fails with the error of reading it', async () => {
    const server = await taking();
    for (const met of [
      new JobError({ kind: 'unreadable', path: '/a', why: 'gone' }),
      Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    ]) {
      const read = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.alloc(10));
        throw met;
      };
      const sending = http.ask(
        { method: 'PUT', url: server.url, body: { bytes: 20, read }, reads: true },
        never,
      );
      await assert.rejects(sending, (error) => error === met);
    }
  });

  it('can be read slowly: only a silent network times out', async () => {
    const server = await taking();
    const read = async function* (): AsyncGenerator<Uint8Array> {
      for (let part = 0; part < 3; part++) {
        await systemClock.sleep(120, never);
        yield Buffer.alloc(100);
      }
    };
    const call = { method: 'PUT', url: server.url, body: { bytes: 300, read }, silenceMs: 60 } as const;
    assert.equal((await http.ask(call, never)).text, 'taken');
    assert.equal(server.got(), 300);
  });

  it('can be empty', async () => {
    const server = await taking();
    const body = { bytes: 0, read: parts() };
    assert.equal((await http.ask({ method: 'PUT', url: server.url, body }, never)).text, 'taken');
  });

  it('is no longer read once the server has refused it', async () => {
    const server = await started(
      httpServer((_, response) => {
        response.writeHead(413, { Connection: 'close' }).end('too much');
      }),
    );
    let isEnded = false;
    const read = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(65_536));
      } finally {
        isEnded = true;
      }
    };
    const answer = await http.ask({ method: 'PUT', url: server.url, body: { bytes: 2 ** 40, read } }, never);
    assert.deepEqual([answer.status, answer.text], [413, 'too much']);
    await until(() => isEnded, 'its reading has ended');
  });

  it('is paused while the network accepts no more', async () => {
    const server = await started(rawServer((socket) => socket.pause()));
    const read = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield await Promise.resolve(Buffer.alloc(1_048_576));
    };
    const call = { method: 'PUT', url: server.url, body: { bytes: 2 ** 40, read }, silenceMs: 100 } as const;
    const { problem } = await errorOf(http.ask(call, never));
    assert.ok(problem.kind === 'offline' && problem.why === 'timed out');
  });
});

describe('axiosHttp, the body of a response', () => {
  afterEach(endAll);

  it('can be read at any pace', async () => {
    const clock = fakeClock();
    const size = 8_388_608;
    const server = await started(httpServer((_, response) => response.end(Buffer.alloc(size, 'y'))));
    const { body } = await createAxiosHttp({ clock, plainLoopback: true }).open(
      { method: 'GET', url: server.url },
      never,
    );
    let got = 0;
    for await (const part of body) {
      if (got === 0) await clock.advance(3_600_000);
      got += part.byteLength;
    }
    assert.equal(got, size);
    assert.equal(clock.sleepers(), 0);
  });

  it('that is abandoned closes its connection, whether or not reading has started', async () => {
    const clock = fakeClock();
    const server = await started(
      httpServer((_, response) => {
        response.write('begun');
      }),
    );
    const asking = createAxiosHttp({ clock, plainLoopback: true });
    discardBody(await asking.open({ method: 'GET', url: server.url }, never));
    const { body } = await asking.open({ method: 'GET', url: server.url }, never);
    for await (const _ of body) break;
    await until(() => server.open() === 0, 'the connections are closed');
    assert.deepEqual([server.connections(), clock.sleepers()], [2, 0]);
  });

  it('with a temporary status is discarded before the next attempt', async () => {
    let asks = 0;
    const server = await started(
      httpServer((_, response) => {
        if (++asks === 1) response.writeHead(502).write('never ends');
        else response.end('good');
      }),
    );
    const { body } = await http.open({ method: 'GET', url: server.url, reads: true }, never);
    assert.equal((await bytesOf(body)).toString(), 'good');
    await until(() => server.open() <= 1, 'the first connection is closed');
  });

  it('that was read to its end leaves its connection for the next request', async () => {
    const server = await started(httpServer((_, response) => response.end('ok')));
    for (let ask = 0; ask < 5; ask++) {
      const { body } = await http.open({ method: 'GET', url: server.url }, never);
      await bytesOf(body);
    }
    assert.equal(server.connections(), 1);
  });

  it('that stops arriving fails after a timeout', async () => {
    const server = await started(
      httpServer((_, response) => {
        response.write('begun');
      }),
    );
    const { body } = await http.open({ method: 'GET', url: server.url, silenceMs: 60 }, never);
    const { problem } = await errorOf(bytesOf(body));
    assert.ok(problem.kind === 'offline' && problem.why === 'timed out');
  });

  it('returns nothing more once it was aborted', async () => {
    const server = await started(httpServer((_, response) => response.end(Buffer.alloc(4_194_304))));
    const stop = new AbortController();
    const { body } = await http.open({ method: 'GET', url: server.url }, stop.signal);
    let parts = 0;
    const reading = (async () => {
      for await (const _ of body) {
        parts++;
        stop.abort();
      }
    })();
    await assert.rejects(reading, isAbort);
    assert.equal(parts, 1);
  });
});

describe('axiosHttp, compressed responses', () => {
  afterEach(endAll);
  const text = 'a line of a log\n'.repeat(50_000);

  /** A server that compresses all its responses, and the requests it received. */
  async function packing(packed: Buffer, encoding = 'gzip'): Promise<Serving & { readonly asked: string[] }> {
    const asked: string[] = [];
    const server = await started(
      httpServer((request, response) => {
        asked.push(String(request.headers['accept-encoding']));
        response
          .writeHead(200, { 'Content-Encoding': encoding, 'Content-Length': packed.length })
          .end(packed);
      }),
    );
    return { ...server, asked };
  }

  it('are requested only where a text is read', async () => {
    const { url, asked } = await packing(gzipSync(text));
    const answer = await http.ask({ method: 'GET', url, reads: true }, never);
    assert.equal(answer.text, text);
    assert.deepEqual(
      [answer.headers['content-encoding'], answer.headers['content-length']],
      [undefined, undefined],
    );
    const headers = { 'accept-encoding': 'br' };
    await http.ask({ method: 'POST', url, headers }, never);
    discardBody(await http.open({ method: 'GET', url, reads: true }, never));
    assert.deepEqual(asked, ['gzip', 'identity', 'identity']);
  });

  it('are decompressed even if not requested', async () => {
    const { url } = await packing(gzipSync(text), 'X-GZIP');
    const { body } = await http.open({ method: 'GET', url }, never);
    assert.equal((await bytesOf(body)).toString(), text);
  });

  it('are limited in decompressed length', async () => {
    const { url } = await packing(gzipSync(Buffer.alloc(50_000_000)));
    const short = createAxiosHttp({ clock: systemClock, plainLoopback: true, maxTextBytes: 1_000_000 });
    const { problem } = await errorOf(short.ask({ method: 'GET', url, reads: true }, never));
    assert.ok(problem.kind === 'badAnswer' && problem.what === 'more than 1000000 bytes');
  });

  it('are limited to 4 MiB, or to the limit of the request', async () => {
    const { url } = await packing(gzipSync(Buffer.alloc(5_000_000, 'a')));
    const { problem } = await errorOf(http.ask({ method: 'GET', url, reads: true }, never));
    assert.ok(problem.kind === 'badAnswer' && problem.what === 'more than 4194304 bytes');
    const { text: long } = await http.ask({ method: 'GET', url, reads: true, maxBytes: 6_000_000 }, never);
    assert.equal(long.length, 5_000_000);
  });

  it('are read in pieces if they are long, and block the event loop for less than 50 ms', async function () {
    this.timeout(60_000);
    const item = JSON.stringify({ jobname: 'jr-1', status: 'Running', outputs: 'é'.repeat(150) });
    const list = `[${Array(160_000).fill(item).join()}]`;
    const { url } = await packing(gzipSync(JSON.stringify(list)));
    const blockedMs = await longestBlock(async () => {
      const answer = await http.ask({ method: 'GET', url, reads: true, maxBytes: 100_000_000 }, never);
      let count = 0;
      const read = await parseArray(answer, { maxChars: 10_000, maxDepth: 10 }, () => ++count > 0);
      assert.deepEqual([read.kind, count], ['array', 160_000]);
    });
    assert.ok(blockedMs < 50, `blocked for ${Math.round(blockedMs)} ms`);
  });

  it('are read no further than needed for the message if they failed', async () => {
    const { url } = await started(
      httpServer((_request, response) => {
        response.writeHead(404).end('x'.repeat(20_000_000));
      }),
    );
    const { status, text: words } = await http.ask({ method: 'GET', url, reads: true }, never);
    assert.equal(status, 404);
    assert.ok(words.length >= 1_000 && words.length < 1_000_000);
  });

  it('are rejected if they are not gzip, incomplete, or compressed in another way', async () => {
    for (const [packed, encoding] of [
      [Buffer.from('plain text'), 'gzip'],
      [gzipSync(text).subarray(0, 500), 'gzip'],
      [gzipSync(text), 'br'],
    ] as const) {
      const server = await packing(packed, encoding);
      const { problem } = await errorOf(http.ask({ method: 'GET', url: server.url, reads: true }, never));
      assert.equal(problem.kind, 'badAnswer');
      assert.equal(server.asked.length, 1);
    }
  });

  it('are requested again if the connection closes', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n';
    const server = await started(
      rawServer((socket) =>
        socket.once('data', () => {
          socket.write(head);
          socket.end(gzipSync(text).subarray(0, 500));
        }),
      ),
    );
    const { problem } = await errorOf(http.ask({ method: 'GET', url: server.url, reads: true }, never));
    assert.ok(problem.kind === 'offline' && problem.why === 'connection closed');
    assert.equal(server.connections(), 4);
  });

  it('can have no body', async () => {
    const { url } = await packing(gzipSync(text));
    const head = await http.ask({ method: 'HEAD', url, reads: true }, never);
    assert.deepEqual([head.status, head.text], [200, '']);
  });
});
