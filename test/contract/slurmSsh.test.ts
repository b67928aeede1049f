import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle } from '../../src/core/domain/jobSpec.js';
import { cluster, sshServer, type Cluster, type SshServer } from '../engines/cluster.js';
import { until as soon } from '../engines/daemons.mjs';
import { tarOf } from './local.js';
import {
  commandsOf,
  cut,
  followThrough,
  hashes,
  onlyFolder,
  overSsh,
  queued,
  sentenceOf,
  tidied,
  type OverSsh,
  type OverSshOptions,
} from './slurmSsh.js';
import { ended, isProblem, linesOf, never, request, submit, wholeLog } from './subject.js';
import { listJobs, sendBundle } from '../fakes/backendCalls.js';

const sh = (text: string) => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });
const patienceMs = 20_000;

/**
 * Faults that only a real connection to a real cluster has. The unit tests cover what a simulated ssh can
 * show.
 */
describe('Slurm over SSH: when the connection breaks', () => {
  let slurm: Cluster;
  let server: SshServer;
  let ends: (() => Promise<void>)[];
  before(async function () {
    this.timeout(120_000);
    slurm = await cluster('accounting');
    server = await sshServer(slurm);
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
  /** Cuts the connection and stops the server until the action finishes. */
  const whileAway = async <T>(drop: () => void, meanwhile: () => Promise<T>): Promise<T> => {
    drop();
    await server.stop();
    try {
      return await meanwhile();
    } finally {
      await server.start();
    }
  };

  describe('a followed log', () => {
    it('continues from its last cursor after each drop, without losing or repeating a line', async function () {
      this.timeout(40_000);
      const { backend } = await connected();
      const id = await submit(
        backend,
        sh('for ((i = 1; i <= 240; i++)); do echo "line $i"; sleep 0.02; done\n'),
      );
      const faults: Promise<unknown>[] = [];
      let listed = '';
      const { events, drops } = await followThrough(backend, id, (count) => {
        if (count === 20) cut(server);
        if (count === 80) faults.push(server.drop());
        if (count === 150)
          faults.push(
            whileAway(
              () => cut(server),
              async () => {
                listed = await sentenceOf(listJobs(backend, 20, never));
                await sleep(1_500);
              },
            ),
          );
      });
      await Promise.all(faults);
      assert.deepEqual(
        linesOf(events),
        Array.from({ length: 240 }, (_, index) => `line ${String(index + 1)}`),
      );
      assert.equal(events.filter(({ kind }) => kind === 'gap').length, 0);
      assert.ok(drops.length >= 3, `${drops.length} drops`);
      assert.match(listed, /^Slurm could not be reached: /, 'a failed list is not an empty list');
      for (const drop of drops)
        assert.match(drop, /^Slurm could not be reached: (the connection was dropped|connection refused)/);
      assert.equal((await ended({ backend, patienceMs }, id)).name, 'job.sh');
    });
  });

  describe('an uploaded bundle', () => {
    let temp: string;
    let bundle: Bundle;
    before(async () => {
      temp = await mkdtemp(join(tmpdir(), 'bj-sources-'));
      bundle = await tarOf(temp, 'project', {
        'main.sh': `#!/bin/bash\nfind . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum\n`,
        'a/large.txt': randomBytes(12 * 2 ** 20).toString('base64'),
        'a/zeros.txt': '0'.repeat(2 ** 20),
        'b/small.txt': 'small\n',
      });
    });
    after(() => rm(temp, { recursive: true, force: true }));
    const sent = (to: OverSsh, at?: () => void) => {
      let isCut = at === undefined;
      return sendBundle(to.backend, bundle, 'main.sh', request('sent'), never, (done) => {
        if (isCut || done < 9 * 2 ** 20) return;
        isCut = true;
        at?.();
      });
    };
    const isNotSubmitted =
      /^Slurm could not be reached: the connection was dropped\. Nothing was submitted\.$/;

    it('is rolled back when the connection breaks in the middle, and arrives complete the second time', async function () {
      this.timeout(40_000);
      const to = await connected();
      let there = 0;
      const failing = sent(to, () => {
        there = to.folders().length;
        cut(server);
      });
      assert.match(await sentenceOf(failing), isNotSubmitted);
      assert.equal(there, 1, 'it was cut after some data had arrived');
      assert.equal(to.ran('sbatch'), 0);
      assert.deepEqual(await queued(slurm), []);
      await soon(() => to.folders().length === 0, 'a part is left', 5_000);

      const id = await sent(to);
      await ended({ backend: to.backend, patienceMs }, id);
      const told = linesOf(await wholeLog(to.backend, id)).map((line) => line.split(/ +/).reverse());
      const source = hashes(join(bundle.file, '..', 'project'));
      assert.deepEqual(Object.fromEntries(told), source, 'as the job sees it');
      assert.deepEqual(hashes(join(onlyFolder(to), 'work')), source);
      assert.equal(to.ran('sbatch'), 1);
    });

    it('is rolled back by the host itself if the client cannot reconnect', async function () {
      this.timeout(60_000);
      const to = await connected();
      let away: Promise<void> | undefined;
      const failing = sent(to, () => {
        away = whileAway(
          () => cut(server),
          () => soon(() => to.folders().length === 0, 'a part is left', 5_000),
        );
      });
      const sentence = await sentenceOf(failing);
      await away;
      assert.match(sentence, isNotSubmitted);
      assert.deepEqual(await queued(slurm), []);
    });
  });

  describe('a lost response of sbatch', () => {
    /** Runs long enough to be seen in the queue. */
    const oneSeen = sh('echo once; sleep 3\n');

    it('is recovered by the folder of the job, which is submitted once', async function () {
      this.timeout(60_000);
      const to = await connected();
      to.replace('sbatch', '"$real" "$@" >/dev/null; exec sleep 30');
      const submitting = submit(to.backend, oneSeen);
      submitting.catch(() => undefined);
      await soon(async () => (await queued(slurm)).length > 0, 'there is no job', 10_000);
      cut(server);
      const id = await submitting;
      await ended({ backend: to.backend, patienceMs }, id);
      assert.deepEqual(linesOf(await wholeLog(to.backend, id)), ['once']);
      assert.equal(to.ran('sbatch'), 1);
    });

    it('is reported as unconfirmed if it cannot be checked, and nothing is submitted again', async function () {
      this.timeout(60_000);
      const to = await connected();
      to.replace('sbatch', '"$real" "$@" >/dev/null; exec sleep 30');
      const submitting = submit(to.backend, oneSeen);
      submitting.catch(() => undefined);
      await soon(async () => (await queued(slurm)).length > 0, 'there is no job', 10_000);
      await whileAway(
        () => cut(server),
        () => assert.rejects(submitting, isProblem('unclearSubmit')),
      );
      // The list shows it once the host is back.
      const { jobs } = await listJobs(to.backend, 1, never);
      assert.equal(jobs[0]?.name, 'job.sh');
      assert.equal(to.ran('sbatch'), 1);
      assert.equal(to.folders().length, 1, 'the folder of a job that may be running is kept');
    });
  });

  describe('a host that rejects every login', () => {
    /** Nothing is read or written; each failure has its reason, and none is treated as an empty list. */
    const nothingWorks = async (to: OverSsh, sentence: RegExp): Promise<void> => {
      const [logins, commands] = [server.logins(), commandsOf(server)];
      assert.match(await sentenceOf(listJobs(to.backend, 20, never)), sentence);
      const submitting = sentenceOf(submit(to.backend, sh('true\n')));
      assert.match((await submitting).replace(' Nothing was submitted.', ''), sentence);
      assert.match(await submitting, / Nothing was submitted\.$/);
      assert.equal(server.logins(), logins);
      assert.equal(commandsOf(server), commands);
      assert.deepEqual(to.folders(), []);
    };

    it('because the key is not authorized', async () => {
      await nothingWorks(
        await connected({ host: 'ci-stranger' }),
        /^Slurm could not be reached: access denied: Permission denied \(publickey\)\. Check the user, the key, and the agent with ssh in a terminal\.$/,
      );
    });

    it('because the host name is unknown', async () => {
      // A name with an empty part is never sent to a name server.
      await nothingWorks(
        await connected({ host: 'nobody..example' }),
        /^Slurm could not be reached: Could not resolve hostname nobody\.\.example: .+\. Check the connection's host and your SSH configuration\.$/,
      );
    });

    it('because the server is down, and accepts logins again when it is back', async function () {
      this.timeout(60_000);
      const to = await connected();
      await whileAway(
        () => undefined,
        () =>
          nothingWorks(
            to,
            /^Slurm could not be reached: connection refused\. Check the host and port; its SSH server may be down\.$/,
          ),
      );
      assert.ok(Array.isArray((await listJobs(to.backend, 20, never)).jobs));
    });

    for (const checking of ['yes', 'ask'] as const)
      it(`because its host key has changed, with StrictHostKeyChecking ${checking}`, async function () {
        this.timeout(60_000);
        const own = readFileSync(server.config, 'utf8');
        writeFileSync(server.config, own.replaceAll('HostKeyChecking yes', `HostKeyChecking ${checking}`));
        try {
          const to = await connected();
          await server.changeHostKey();
          const known = readFileSync(server.knownHosts, 'utf8');
          const print = fingerprint(join(server.dir, 'host_key.pub'));
          const sentence = await sentenceOf(listJobs(to.backend, 20, never));
          assert.ok(sentence.includes(`confirm the new key (${print}), remove the old one`), sentence);
          assert.ok(sentence.includes(`ssh-keygen -f "${server.knownHosts}" -R "[127.0.0.1]:`), sentence);
          await nothingWorks(to, /^Slurm could not be reached: its host key has changed\. /);
          assert.equal(
            readFileSync(server.knownHosts, 'utf8'),
            known,
            'the key is not accepted automatically',
          );
        } finally {
          writeFileSync(server.config, own);
          await server.stop();
          await server.start();
        }
      });
  });
});

/** The fingerprint of a public key, as ssh prints it. */
function fingerprint(file: string): string {
  const [, key = ''] = readFileSync(file, 'utf8').split(' ');
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}
