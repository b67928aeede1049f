import assert from 'node:assert/strict';
import type { Command } from '../../../../src/backends/hosts/host.js';
import { isUnwanted } from '../../../../src/backends/hosts/quoting.js';
import { slurmCalls } from '../../../../src/backends/slurm/calls.js';
import { JobError } from '../../../../src/core/problem.js';
import { plainSay as say } from '../../../../src/core/say.js';
import { fakeClock } from '../../../fakes/clock.js';
import { never, problemOf } from '../hosts/doubles.js';
import { callsOn, fakeHost } from './world.js';

function theCommand(host: ReturnType<typeof fakeHost>): Command {
  const [command] = host.asked;
  assert.ok(command);
  return command;
}

describe('calling the programs of Slurm', () => {
  it('asks in UTC and English, whatever the user has set for themselves', async () => {
    const host = fakeHost(() => ({ output: 'x', errors: 'y', code: 2 }));
    assert.deepEqual(await callsOn(host).ask(['squeue'], never), { output: 'x', errors: 'y', code: 2 });
    const { env, without = [], path } = theCommand(host);
    assert.deepEqual(env, { LC_ALL: 'C', TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' });
    for (const name of [
      'SQUEUE_FORMAT',
      'SACCT_FORMAT',
      'SLURM_CLUSTERS',
      'SINFO_FORMAT',
      'SBATCH_TEST_ONLY',
    ])
      assert.ok(isUnwanted(name, without), name);
    assert.equal(isUnwanted('SLURM_CONF', without), false);
    assert.equal(path, undefined);
  });

  it("tells in the user's own zone and language, which a job inherits, with what is given besides", async () => {
    const host = fakeHost(() => undefined);
    await callsOn(host).tell(['sbatch', 'x'], never, { A: '1' });
    const { env, without = [] } = theCommand(host);
    assert.deepEqual(env, { A: '1' });
    for (const name of [
      ...['SBATCH_PARTITION', 'SCANCEL_STATE', 'SLURM_JOB_ID', 'SLURM_JOBID', 'SLURM_MEM_PER_NODE'],
      ...['SLURM_NTASKS', 'SLURM_CPUS_PER_TASK', 'SLURM_ARRAY_TASK_ID', 'SLURM_EXPORT_ENV'],
    ])
      assert.ok(isUnwanted(name, without), name);
    for (const name of ['SLURM_CONF', 'SLURM_JWT', 'SQUEUE_FORMAT', 'PATH', 'LANG'])
      assert.equal(isUnwanted(name, without), false, name);
  });

  it('looks for programs where the connection says', async () => {
    const host = fakeHost(() => undefined);
    const calls = slurmCalls({ host, place: 'Slurm', bin: '/opt/slurm/bin', clock: fakeClock(), say });
    await calls.ask(['squeue'], never);
    assert.equal(host.asked[0]?.path, '/opt/slurm/bin');
  });

  it('says what to do where a program of Slurm is not there', async () => {
    const missing = fakeHost(([tool = '']) => new JobError({ kind: 'missingTool', tool, for: 'alpha' }));
    const problem = await problemOf(callsOn(missing).ask(['squeue'], never));
    assert.ok(problem.kind === 'refused' && /no program squeue on the PATH.*"bin"/.test(problem.words));
    const noSsh = fakeHost(() => new JobError({ kind: 'missingTool', tool: 'ssh', for: 'Slurm' }));
    assert.equal((await problemOf(callsOn(noSsh).ask(['squeue'], never))).kind, 'missingTool');
  });

  it('waits for an answer only so long', async () => {
    const clock = fakeClock();
    const host = fakeHost(() => new Promise(() => undefined));
    const asking = problemOf(callsOn(host, clock).ask(['squeue'], never));
    await clock.advance(45_000);
    assert.deepEqual(await asking, {
      kind: 'offline',
      place: 'alpha',
      why: 'squeue gave no answer within 45 s',
    });
  });
});
