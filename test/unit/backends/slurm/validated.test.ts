import assert from 'node:assert/strict';
import type { JobSpec, SubmissionValidation } from '../../../../src/core/domain/jobSpec.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { never, problemOf } from '../../remote/doubles.js';
import { requestOf, withCluster, type FakeCluster } from './fakeCluster.js';

const spec = (directives: string, env: Record<string, string> = {}): JobSpec => ({
  ...requestOf({ env }),
  kind: 'script',
  script: { name: 'fit.sh', text: `#!/bin/sh\n${directives}\ntrue\n` },
});

const validate = ({ backend }: FakeCluster, job: JobSpec): Promise<SubmissionValidation> =>
  backend.submit?.validate?.(job, never) ?? Promise.reject(new Error('nothing is validated'));

const send = ({ backend }: FakeCluster, job: JobSpec, validation?: SubmissionValidation): Promise<string> =>
  backend.submit?.send(job, never, undefined, validation) ?? Promise.reject(new Error('nothing is sent'));

/** How often each command that only validates was called. */
const validations = ({ host }: FakeCluster): Readonly<Record<string, number>> => ({
  environment: host.lines().filter((line) => line.includes('id -un')).length,
  cluster: host.lines().filter((line) => line === 'scontrol show config').length,
});

const withOwnCluster = (test: (to: FakeCluster) => Promise<void>): Promise<void> =>
  withCluster(async (to) => {
    to.others['scontrol'] = () => ({ output: 'ClusterName = ci\n' });
    await test(to);
  });

describe('the validation of a submission to Slurm', () => {
  it('runs no command again when the submission is sent, however much later', () =>
    withOwnCluster(async (to) => {
      const job = spec('#SBATCH --clusters=ci');
      const validation = await validate(to, job);
      assert.deepEqual(validations(to), { environment: 1, cluster: 1 });
      to.clock.jump(3_600_000);
      assert.equal(await send(to, job, validation), '77');
      assert.deepEqual(validations(to), { environment: 1, cluster: 1 });
    }));

  it('runs when a submission is sent that was not validated', () =>
    withOwnCluster(async (to) => {
      assert.equal(await send(to, spec('#SBATCH --clusters=ci')), '77');
      assert.deepEqual(validations(to), { environment: 1, cluster: 1 });
      for (const directives of ['#SBATCH --clusters=other', '#SBATCH --comment="x']) {
        assert.equal((await problemOf(send(to, spec(directives)))).kind, 'invalid');
        assert.equal(to.host.count('sbatch'), 1);
      }
    }));

  it('runs again where the cluster did not respond', () =>
    withOwnCluster(async (to) => {
      const job = spec('#SBATCH --clusters=other');
      to.others['scontrol'] = () => new JobError({ kind: 'offline', place: 'Slurm', why: 'no route' });
      const before = await validate(to, job);
      to.others['scontrol'] = () => ({ output: 'ClusterName = ci\n' });
      assert.equal((await problemOf(send(to, job, before))).kind, 'invalid');
      assert.equal(to.host.count('sbatch'), 0);
    }));

  it('runs again where the directives have changed since', () =>
    withOwnCluster(async (to) => {
      const validation = await validate(to, spec('#SBATCH --time=5'));
      assert.equal((await problemOf(send(to, spec('#SBATCH --clusters=other'), validation))).kind, 'invalid');
      assert.equal(to.host.count('sbatch'), 0);
    }));
});
