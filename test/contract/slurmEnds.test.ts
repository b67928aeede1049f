import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isActive, type Job } from '../../src/core/domain/job.js';
import { formatStatus } from '../../src/core/presentation/statusText.js';
import { cluster, type Cluster } from '../engines/cluster.js';
import { sh, statesUntil, watched, type Watched } from './slurmFaults.js';
import { ended, linesOf, never, submit, wholeLog } from './subject.js';

const patienceMs = 30_000;

/** A job's row with its outcome, without the time. */
const told = (job: Job): string => formatStatus(job, new Date()).replace(/, [^,]*$/, '');

for (const kind of ['accounting', 'plain'] as const)
  describe(`the outcome of Slurm jobs (${kind})`, () => {
    let slurm: Cluster;
    let to: Watched;
    before(async function () {
      this.timeout(120_000);
      slurm = await cluster(kind);
    });
    beforeEach(async () => {
      to = await watched(slurm.env);
    });
    afterEach(() => to.end());
    const endOf = async (text: string, options = {}): Promise<Job> =>
      ended({ backend: to.backend, patienceMs }, await submit(to.backend, sh(text), { options }));

    it('is the signal that ended the script, not a failed launch', async () => {
      const job = await endOf('echo printed\nkill -9 $$\n');
      assert.match(told(job), /^Failed \(signal SIGKILL\)/);
      assert.deepEqual(job.exit, { signal: 'SIGKILL' });
      assert.ok(!told(job).includes(' 0 ms'), told(job));
    });

    it('is a failed launch if its output file could not be created', async () => {
      const job = await endOf('echo printed\n', { extra: '--output=/dev/null/out' });
      assert.match(told(job), /^Failed \(launch failed/);
      assert.equal(job.exit, undefined);
    });

    it('has no exit code if a job was cancelled while queued or running', async () => {
      const { backend } = to;
      for (const [extra, reason] of [
        ['--hold', 'cancelled while queued'],
        ['', 'cancelled'],
      ] as const) {
        const id = await submit(backend, sh('exec sleep 60\n'), { options: { extra } });
        if (extra === '') await statesUntil(backend, id, ({ state }) => state.kind === 'running');
        await backend.control?.cancel?.(id, never);
        const job = await ended({ backend, patienceMs }, id);
        assert.deepEqual([job.reason, job.exit], [reason, undefined]);
        assert.equal(job.started === undefined, extra !== '');
      }
    });

    it('is that it never started if a job it depended on failed', async () => {
      const { backend } = to;
      const failed = await submit(backend, sh('exit 3\n'));
      const id = await submit(backend, sh('echo hi\n'), {
        options: { after: failed, extra: '--kill-on-invalid-dep=yes' },
      });
      const job = await ended({ backend, patienceMs }, id);
      assert.equal(job.reason, 'never started: a dependency failed');
      assert.equal(job.started, undefined);
    });

    it('is known from the queue immediately, without accounting', async () => {
      const { backend } = to;
      const id = await submit(backend, sh('exit 3\n'));
      const { job } = await statesUntil(
        backend,
        id,
        (one) => !isActive(one) && one.exit !== undefined,
        20_000,
      );
      assert.deepEqual(job.exit, { code: 3 });
      assert.equal(to.ran().filter((line) => line.startsWith('scontrol')).length, 0);
    });
  });

describe('login profiles on a real cluster', () => {
  let home: string;
  let to: Watched;
  before(async function () {
    this.timeout(120_000);
    const slurm = await cluster('accounting');
    home = mkdtempSync(join(tmpdir(), 'bj-home-'));
    to = await watched({ ...slurm.env, HOME: home });
  });
  after(async () => {
    await to.end();
    rmSync(home, { recursive: true, force: true });
  });
  const script = { name: 'fit.py', text: 'import os\nprint("ran in", os.getcwd())\n' };

  for (const [name, profile] of Object.entries({
    'goes elsewhere': 'cd /',
    'replaces the shell': 'exec sh',
    'ends the shell': 'set -e\nexit 0',
  }))
    it(`do not prevent a Python script from running if the profile ${name}`, async () => {
      writeFileSync(join(home, '.bash_profile'), `${profile}\n`);
      const id = await submit(to.backend, script);
      const job = await ended({ backend: to.backend, patienceMs }, id);
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'completed', job.reason);
      const lines = linesOf(await wholeLog(to.backend, id));
      assert.ok(
        lines.some((line) => /^ran in \/.*\/work$/.test(line)),
        lines.join('\n'),
      );
    });

  it('do not hide one with its own --chdir', async () => {
    writeFileSync(join(home, '.bash_profile'), 'cd /\n');
    const id = await submit(to.backend, { ...script, text: `#SBATCH --chdir=${home}\n${script.text}` });
    const job = await ended({ backend: to.backend, patienceMs }, id);
    assert.equal(job.state.kind === 'ended' && job.state.outcome, 'completed', job.reason);
    assert.ok(linesOf(await wholeLog(to.backend, id)).includes(`ran in ${home}`));
  });

  it('do not mark a job completed that ran nothing because of setup commands, array or not', async () => {
    for (const options of [{ setup: 'exec true' }, { setup: 'exec true', array: '1-2' }]) {
      const id = await submit(to.backend, script, { options });
      const job = await ended({ backend: to.backend, patienceMs }, id);
      assert.equal(job.state.kind === 'ended' && job.state.outcome, 'failed');
      if (job.tasks) assert.equal(job.tasks.failed, 2);
      else assert.match(job.reason ?? '', /never started/);
    }
  });
});
