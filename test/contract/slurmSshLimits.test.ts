import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOnHost } from '../../src/remote/runOnHost.js';
import { isAbort } from '../../src/core/domain/problem.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import { cluster, sshServer, type SshServer } from '../engines/cluster.js';
import { until as soon } from '../engines/daemons.mjs';
import {
  leavesNothing,
  overSsh,
  readersOf,
  sentenceOf,
  tidied,
  type OverSsh,
  type OverSshOptions,
} from './slurmSsh.js';
import { behindSsh } from './slurm.js';
import { ended, linesOf, never, request, submit, until, wholeLog } from './subject.js';
import { listFiles, listJobs, readEvents, sendScript } from '../fakes/backendCalls.js';
import type { JobId } from '../../src/core/domain/job.js';

const sh = (text: string) => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });
const patienceMs = 30_000;

/** Lines of a log that is followed until cancelled. */
interface Followed {
  readonly lines: () => readonly string[];
  readonly done: Promise<void>;
}

function follow({ backend }: OverSsh, id: JobId, stop: AbortSignal): Followed {
  const lines: string[] = [];
  const done = (async () => {
    for await (const event of readEvents(backend, id, { at: 'start' }, true, stop))
      if (event.kind === 'line') lines.push(event.text);
  })();
  done.catch(() => undefined);
  return { lines: () => lines, done };
}

const numbers = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `line ${String(index + 1)}`);

describe('Slurm over SSH: limits of a host', () => {
  let server: SshServer;
  let ends: (() => Promise<void>)[];
  before(async function () {
    this.timeout(120_000);
    server = await sshServer(await cluster('accounting'));
  });
  beforeEach(() => {
    ends = [];
  });
  afterEach(function () {
    return tidied(server, ends, this.currentTest);
  });
  const connected = async (options?: OverSshOptions): Promise<OverSsh> => {
    const made = await overSsh(server, options);
    ends.push(made.end);
    return made;
  };

  it('does everything with one login if a connection allows only one session', async function () {
    this.timeout(60_000);
    const to = await connected({ host: 'ci-one' });
    const logins = server.logins();
    const { backend } = to;
    const gate = join(server.home, `gate-${String(Date.now())}`);
    ends.push(async () => writeFileSync(gate, ''));
    const id = await submit(
      backend,
      sh(`until [ -e "${gate}" ]; do echo "line $((++i))"; sleep 0.1; done\necho end\n`),
    );
    await until({ backend, patienceMs }, id, ({ state }) => state.kind === 'running');
    const stop = new AbortController();
    ends.unshift(async () => stop.abort());
    const logs = [1, 2, 3].map(() => follow(to, id, stop.signal));
    await soon(() => logs.every(({ lines }) => lines().length > 5), 'a log does not arrive', 15_000);
    // Other requests run between the log reads: the logs end only later.
    for (let round = 0; round < 3; round++) {
      await Promise.all([listJobs(backend, 20, never), listFiles(backend, id, never)]);
      await sleep(300);
    }
    const other = await submit(backend, sh('sleep 60\n'));
    await backend.control?.cancel?.(other, never);
    writeFileSync(gate, '');
    await Promise.all(logs.map(({ done }) => done));
    const [whole = []] = logs.map(({ lines }) => lines());
    for (const { lines } of logs) assert.deepEqual(lines(), [...numbers(whole.length - 1), 'end']);
    assert.equal((await ended({ backend, patienceMs }, id)).state.kind, 'ended');
    assert.equal(server.logins() - logins, 1);
  });

  it('follows twelve logs with one program if a connection allows ten sessions, and other requests continue', async function () {
    this.timeout(60_000);
    const to = await connected({ host: 'ci-ten' });
    const logins = server.logins();
    const { backend } = to;
    const id = await submit(backend, sh('while :; do date; sleep 0.1; done\n'));
    await until({ backend, patienceMs }, id, ({ state }) => state.kind === 'running');
    const stops = Array.from({ length: 12 }, () => new AbortController());
    ends.unshift(async () => stops.forEach((one) => one.abort()));
    const logs = stops.map(({ signal }) => follow(to, id, signal));
    await soon(() => logs.every(({ lines }) => lines().length > 5), 'a log does not arrive', 15_000);
    assert.equal(readersOf(server), 1);
    await Promise.all(Array.from({ length: 12 }, () => listFiles(backend, id, never)));
    const other = await submit(backend, sh('sleep 60\n'));
    await backend.control?.cancel?.(other, never);
    await backend.control?.cancel?.(id, never);
    for (const stop of stops) stop.abort();
    for (const { done } of logs) await done.catch((error: unknown) => assert.ok(isAbort(error)));
    assert.equal(server.logins() - logins, 1);
  });

  it('runs with an SSH configuration hostile to remote commands, and leaves nothing', async function () {
    this.timeout(60_000);
    const to = await connected({ host: 'ci-odd' });
    const { backend } = to;
    const id = await submit(backend, sh('echo done\n'));
    await ended({ backend, patienceMs }, id);
    assert.deepEqual(linesOf(await wholeLog(backend, id)), ['done']);
    await to.end();
    await leavesNothing(server);
    assert.equal(existsSync(join(server.dir, 'local-command')), false);
    assert.deepEqual(
      readdirSync(server.dir).filter((name) => name.startsWith('own-')),
      [],
    );
  });

  it('connects if the temporary folder has a long path', async function () {
    this.timeout(60_000);
    const { TMPDIR: temp, XDG_RUNTIME_DIR: runtime } = process.env;
    const long = join(server.dir, 't'.repeat(80));
    mkdirSync(long);
    process.env['TMPDIR'] = long;
    delete process.env['XDG_RUNTIME_DIR'];
    try {
      const to = await connected();
      assert.ok(Array.isArray((await listJobs(to.backend, 20, never)).jobs));
      await to.end();
    } finally {
      if (temp === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = temp;
      if (runtime !== undefined) process.env['XDG_RUNTIME_DIR'] = runtime;
    }
  });

  it('passes on a long variable and a long argument, and names one that is too long', async function () {
    this.timeout(60_000);
    const { backend } = await connected();
    const value = `it's "ü!$"`.repeat(6_000);
    const script = sh('printf %s "$LONG" | sha256sum; printf %s "$1" | wc -c\n');
    const submission = { args: ['a'.repeat(60_000)], env: { LONG: value } };
    const id = await sendScript(backend, script, { ...request('long'), ...submission }, never);
    await ended({ backend, patienceMs }, id);
    const hash = createHash('sha256').update(value).digest('hex');
    assert.deepEqual(linesOf(await wholeLog(backend, id)), [`${hash}  -`, '60000']);
    const tooLong = { ...request('long'), env: { LONG: 'a'.repeat(140_000) } };
    assert.match(
      await sentenceOf(sendScript(backend, script, tooLong, never)),
      /^The variable LONG exceeds the 128 KB/,
    );
  });

  it('reports a wrong passphrase before the next prompt, and does not prompt once connected', async function () {
    this.timeout(60_000);
    const texts: string[] = [];
    const answers = ['wrong', server.passphrase];
    const host = behindSsh(server, 'ci-locked', ({ text }) => {
      texts.push(text);
      return Promise.resolve(answers.shift());
    });
    ends.push(async () => host.close());
    const options = { ms: 20_000, clock: systemClock };
    assert.equal((await runOnHost(host, { argv: ['echo', 'a'] }, options, never)).output, 'a\n');
    assert.equal(texts.length, 2);
    assert.doesNotMatch(texts[0] ?? '', /not accepted/);
    assert.match(texts[1] ?? '', /^The last response was not accepted\. Enter passphrase for key /);
  });
});
