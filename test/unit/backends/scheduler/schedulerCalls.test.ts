import assert from 'node:assert/strict';
import type { HostCommand } from '../../../../src/remote/host.js';
import { isExcludedVariable } from '../../../../src/remote/quoting.js';
import { createSlurmCalls } from '../../../../src/backends/slurm/slurmCommands.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { fakeClock } from '../../../fakes/clock.js';
import { never, problemOf } from '../../remote/doubles.js';
import { callsOn, fakeHost } from '../slurm/world.js';

function theCommand(host: ReturnType<typeof fakeHost>): HostCommand {
  const [command] = host.asked;
  assert.ok(command);
  return command;
}

describe('calling the programs of Slurm', () => {
  it("requests UTC and English output, regardless of the user's settings", async () => {
    const host = fakeHost(() => ({ output: 'x', errors: 'y', code: 2 }));
    assert.deepEqual(await callsOn(host).query(['squeue'], never), { output: 'x', errors: 'y', code: 2 });
    const { env, without = [], path } = theCommand(host);
    assert.deepEqual(env, { LC_ALL: 'C', TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' });
    for (const name of [
      'SQUEUE_FORMAT',
      'SACCT_FORMAT',
      'SLURM_CLUSTERS',
      'SINFO_FORMAT',
      'SBATCH_TEST_ONLY',
    ])
      assert.ok(isExcludedVariable(name, without), name);
    assert.equal(isExcludedVariable('SLURM_CONF', without), false);
    assert.equal(path, undefined);
  });

  it("submits in the user's own time zone and language, which a job inherits, plus the given variables", async () => {
    const host = fakeHost(() => undefined);
    await callsOn(host).execute(['sbatch', 'x'], never, { A: '1' });
    const { env, without = [] } = theCommand(host);
    assert.deepEqual(env, { A: '1' });
    for (const name of [
      ...[
        'SBATCH_WAIT',
        'SBATCH_CLUSTERS',
        'SCANCEL_STATE',
        'SLURM_JOB_ID',
        'SLURM_JOBID',
        'SLURM_MEM_PER_NODE',
      ],
      ...['SLURM_NTASKS', 'SLURM_CPUS_PER_TASK', 'SLURM_ARRAY_TASK_ID', 'SLURM_EXPORT_ENV'],
    ])
      assert.ok(isExcludedVariable(name, without), name);
    for (const name of [
      ...['SLURM_CONF', 'SLURM_JWT', 'SQUEUE_FORMAT', 'PATH', 'LANG'],
      ...['SBATCH_PARTITION', 'SBATCH_ACCOUNT', 'SBATCH_QOS', 'SBATCH_TIMELIMIT', 'SBATCH_EXPORT'],
    ])
      assert.equal(isExcludedVariable(name, without), false, name);
  });

  it('hides variables from sbatch that a job needs but that would mislead the submission', async () => {
    const host = fakeHost(() => undefined);
    const env = { A: '1', SBATCH_WAIT: '1', SBATCH_CLUSTERS: 'x', SBATCH_DEBUG: '9', SBATCH_QOS: 'high' };
    await callsOn(host).execute(['sbatch', 'x'], never, env);
    assert.deepEqual(theCommand(host).env, { A: '1', SBATCH_QOS: 'high' });
    await callsOn(host).query(['sbatch', '--test-only'], never, undefined, { ...env, TZ: 'X' });
    assert.deepEqual(host.asked[1]?.env?.['TZ'], 'UTC0');
    assert.equal(host.asked[1].env['SBATCH_WAIT'], undefined);
  });

  it('ignores every variable that changes the output of the programs', () => {
    const host = fakeHost(() => undefined);
    const forms = [
      'SQUEUE_FORMAT2',
      'SQUEUE_STATES',
      'SACCT_FEDERATION',
      'SCONTROL_ALL',
      'SLURM_TIME_FORMAT',
    ];
    const more = ['SLURM_JSON', 'SLURM_YAML', 'SLURM_DEBUG_FLAGS', 'SBATCH_DEBUG', 'SINFO_SORT'];
    return callsOn(host)
      .query(['squeue'], never)
      .then(() => {
        const { without = [] } = theCommand(host);
        for (const name of [...forms, ...more]) assert.ok(isExcludedVariable(name, without), name);
      });
  });

  it('searches for programs in the configured folder', async () => {
    const host = fakeHost(() => undefined);
    const calls = createSlurmCalls({ host, place: 'Slurm', bin: '/opt/slurm/bin', clock: fakeClock() });
    await calls.query(['squeue'], never);
    assert.equal(host.asked[0]?.path, '/opt/slurm/bin');
  });

  it('explains what to do if a Slurm program is missing', async () => {
    const missing = fakeHost(([tool = '']) => new JobError({ kind: 'missingTool', tool, for: 'alpha' }));
    const problem = await problemOf(callsOn(missing).query(['squeue'], never));
    assert.ok(problem.kind === 'refused' && /squeue not found on PATH.*"bin"/.test(problem.words));
    const noSsh = fakeHost(() => new JobError({ kind: 'missingTool', tool: 'ssh', for: 'Slurm' }));
    assert.equal((await problemOf(callsOn(noSsh).query(['squeue'], never))).kind, 'missingTool');
  });

  it('waits for a response only for a limited time', async () => {
    const clock = fakeClock();
    const host = fakeHost(() => new Promise(() => undefined));
    const asking = problemOf(callsOn(host, clock).query(['squeue'], never));
    await clock.advance(45_000);
    assert.deepEqual(await asking, {
      kind: 'offline',
      place: 'alpha',
      why: 'squeue did not respond within 45 s',
    });
  });
});
