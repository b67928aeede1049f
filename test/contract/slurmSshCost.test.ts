import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbort } from '../../src/core/domain/problem.js';
import { systemClock } from '../../src/lib/node/systemClock.js';
import { cluster, sshServer, type SshServer } from '../engines/cluster.js';
import { until as soon } from '../engines/daemons.mjs';
import {
  commandsOf,
  isResting,
  leavesNothing,
  overSsh,
  tidied,
  type OverSsh,
  type OverSshOptions,
} from './slurmSsh.js';
import { ended, linesOf, never, submit, until, wholeLog } from './subject.js';
import { listFiles, listJobs, readEvents } from '../fakes/backendCalls.js';

const sh = (text: string) => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });
const patienceMs = 20_000;

describe('Slurm over SSH: its cost for the host', () => {
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

  it('is one login for everything', async function () {
    this.timeout(60_000);
    const to = await connected();
    const logins = server.logins();
    const { backend } = to;
    await Promise.all([1, 2, 3, 4, 5].map(() => listJobs(backend, 20, never)));
    // The queue still has jobs of earlier tests; requests for their outcomes can come at any moment.
    assert.equal(to.ran('squeue', 'besidesExits'), 1, 'concurrent requests share the response');
    const id = await submit(backend, sh('echo done\n'));
    await ended({ backend, patienceMs }, id);
    assert.deepEqual(linesOf(await wholeLog(backend, id)), ['done']);
    await listFiles(backend, id, never);
    assert.equal(server.logins() - logins, 1);
    await to.end();
    await leavesNothing(server);
  });

  it('is zero once it is no longer used, including background requests', async function () {
    this.timeout(60_000);
    const to = await connected();
    await ended({ backend: to.backend, patienceMs }, await submit(to.backend, sh('true\n')));
    const other = await connected();
    // It has no record, after a delay, so that more requests would follow.
    other.replace('sacct', 'sleep 0.5');
    await listJobs(other.backend, 20, never);
    const slow = async (): Promise<boolean> => other.ran('sacct') === 1;
    await soon(slow, 'the accounting is not queried', 5_000);
    const logins = server.logins();
    await other.end();
    await sleep(2_500);
    assert.equal(server.logins(), logins);
    assert.equal(other.ran('sacct') + other.ran('scontrol'), 1);
  });

  it('is just one small program for a watched log', async function () {
    this.timeout(60_000);
    // As if the job had started long ago: for a recent one its end is checked more often.
    const clock = { ...systemClock, now: () => new Date(Date.now() + 3_600_000) };
    const to = await connected({ clock });
    const { backend } = to;
    const id = await submit(backend, sh('while :; do date; sleep 0.1; done\n'));
    await until({ backend, patienceMs }, id, ({ state }) => state.kind === 'running');
    await listJobs(backend, 20, never);
    const before = { logins: server.logins(), commands: commandsOf(server), squeue: to.ran('squeue') };
    const stop = new AbortController();
    let lines = 0;
    const watching = (async () => {
      for await (const event of readEvents(backend, id, { at: 'start' }, true, stop.signal))
        if (event.kind === 'line') lines++;
    })();
    watching.catch(() => undefined);
    for (let round = 0; round < 3; round++) {
      await sleep(1_000);
      await listJobs(backend, 20, never);
    }
    assert.ok(lines > 20, `${lines} lines`);
    assert.equal(server.logins(), before.logins);
    assert.equal(to.ran('squeue') - before.squeue, 3, 'only the list refreshes');
    assert.equal(commandsOf(server) - before.commands, 4, 'these, and the log reader');
    stop.abort();
    await assert.rejects(watching, isAbort);
    // The connection itself stays open.
    await isResting(server);
    await backend.control?.cancel?.(id, never);
  });
});
