import assert from 'node:assert/strict';
import { JobError } from '../../../../../src/core/domain/problem.js';
import { toJobId } from '../../../../../src/core/domain/job.js';
import { never, problemOf } from '../../../remote/doubles.js';
import { jobFolder, requestOf, submitTo, withCluster, type FakeCluster } from '../../slurm/fakeCluster.js';
import { queueLine } from '../../slurm/world.js';
import { dryRun } from '../../../../fakes/backendCalls.js';

const ours = (id: string, change: Parameters<typeof queueLine>[0] = {}): string =>
  queueLine({ A: id, Z: `${jobFolder}/work`, o: `${jobFolder}/job.sh`, ...change });

describe('a submission for which sbatch printed an id', () => {
  const printed: readonly (readonly [string, string, string, number])[] = [
    ['waited for a job that failed', '77\n', '', 3],
    ['was killed by a signal', '77\n', '', 143],
    [
      'was called by a wrapper that failed afterwards',
      'Loading site defaults\n77\n',
      'quota: cannot report',
      1,
    ],
    ['was called without --parsable by a wrapper', 'Submitted batch job 77\n', 'oops', 2],
    ['reported another error afterwards', '77\n', 'sbatch: error: Batch job submission failed: x', 1],
    ['printed colors', '\u001b[32mSubmitted batch job \u001b[1m77\u001b[0m\n', '', 1],
    ['printed its message on stderr', 'ok\n', 'Submitted batch job 77\nsbatch: error: no such option\n', 1],
    ['timed out afterwards', '77\n', 'Socket timed out on send/recv operation', 1],
  ];
  for (const [name, output, errors, code] of printed)
    it(`is accepted and keeps its folder if sbatch ${name}`, () =>
      withCluster(async (to) => {
        to.sbatch = { output, errors, code };
        assert.equal(await submitTo(to), '77');
        assert.equal(to.removals(), 0);
        assert.equal(to.host.count('sbatch'), 1);
      }));

  it('has the id of its own folder if several are printed', () =>
    withCluster(async (to) => {
      to.sbatch = { output: '12\n99\n' };
      to.queue = [ours('12')];
      assert.equal(await submitTo(to), '12');
    }));
});

describe('a submission for which a wrapper around sbatch printed numbers', () => {
  for (const [output, found, id] of [
    ['77\nQuota left:\n1500\n', '77', '77'],
    ['Quota left:\n1500\nsubmitted as #77\n', '77', '77'],
    ['Submitted batch job 1500\nretried: 77\n', '77', '77'],
    ['a notice\n77\n', undefined, '77'],
  ] as const)
    it(`is identified by its folder: ${JSON.stringify(output)}`, () =>
      withCluster(async (to) => {
        to.sbatch = { output };
        to.queue = found === undefined ? [] : [queueLine({ A: '1500' }), ours(found)];
        assert.equal(await submitTo(to), id);
      }));

  for (const queue of [[queueLine({ A: '1500' })], new Error('no queue')])
    it(`is not guessed if no job has its folder (${queue instanceof Error ? 'no' : 'a'} queue)`, () =>
      withCluster(async (to) => {
        to.sbatch = { output: '77\nQuota left:\n1500\n' };
        to.queue = queue;
        assert.equal((await problemOf(submitTo(to))).kind, 'unclearSubmit');
        assert.equal(to.removals(), 0);
      }));
});

describe('a submission for which no id was printed', () => {
  const afterwards = 'sbatch: error: cli_filter/lua: post_submit: /etc/slurm/cli_filter.lua: script failed\n';

  it('keeps its folder if the queue has its job, regardless of the output of sbatch', () =>
    withCluster(async (to) => {
      for (const errors of [
        afterwards,
        'sbatch: error: Batch job submission failed: Invalid qos specification\n',
      ]) {
        to.sbatch = { errors, code: 1 };
        to.queue = [ours('77')];
        assert.equal(await submitTo(to), '77');
        assert.equal(to.removals(), 0);
      }
    }));

  it('keeps its folder if sbatch itself fails and the queue is unavailable', () =>
    withCluster(async (to) => {
      to.sbatch = { errors: afterwards, code: 1 };
      to.queue = new JobError({ kind: 'offline', place: 'alpha', why: 'x' });
      await problemOf(submitTo(to));
      assert.equal(to.removals(), 0);
    }));

  const certain: readonly (readonly [string, string, number])[] = [
    ['refused', 'sbatch: error: Batch job submission failed: Invalid qos specification\n', 1],
    [
      'rejected by a site',
      'sbatch: error: Pick a project.\nsbatch: error: Batch job submission failed: Unspecified error\n',
      1,
    ],
    ['unknown options', 'sbatch: unrecognized option \'--tyme=5\'\nTry "sbatch --help"\n', 255],
    ['an invalid value', 'sbatch: error: Invalid --time specification\n', 255],
    [
      'no controller',
      'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n',
      1,
    ],
  ];
  for (const [name, errors, code] of certain)
    it(`removes its folder if there is certainly no job: ${name}`, () =>
      withCluster(async (to) => {
        to.sbatch = { errors, code };
        await problemOf(submitTo(to));
        assert.equal(to.removals(), 1);
      }));

  it('removes its folder if sbatch could not be started', () =>
    withCluster(async (to) => {
      const spawning = Object.assign(new Error('spawn E2BIG'), { syscall: 'spawn', code: 'E2BIG' });
      for (const error of [new JobError({ kind: 'missingTool', tool: 'sbatch', for: 'alpha' }), spawning]) {
        to.sbatch = error;
        await assert.rejects(submitTo(to));
      }
      assert.equal(to.removals(), 2);
    }));

  const unclear: readonly (readonly [string, FakeCluster['sbatch'], RegExp | string])[] = [
    [
      'a wrapper of sbatch failed',
      { errors: 'site-submit: accounting is late', code: 4 },
      /accounting is late.*not certain.*its files are kept in \/r\//,
    ],
    ['sbatch was killed by a signal', { code: 137 }, /not certain/],
    [
      'the response was lost',
      {
        errors: 'sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received',
        code: 1,
      },
      'unclearSubmit',
    ],
    [
      'the controller did not respond',
      {
        errors: 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation',
        code: 1,
      },
      'unclearSubmit',
    ],
    [
      'the connection to the cluster broke',
      new JobError({ kind: 'offline', place: 'alpha', why: 'x' }),
      'unclearSubmit',
    ],
    ['it printed nothing', { output: '\n' }, 'badAnswer'],
  ];
  for (const [name, answer, told] of unclear) {
    it(`keeps its folder if it is unknown whether a job exists: ${name}`, () =>
      withCluster(async (to) => {
        to.sbatch = answer;
        const problem = await problemOf(submitTo(to));
        if (typeof told === 'string') assert.equal(problem.kind, told);
        else assert.ok(problem.kind === 'refused' && told.test(problem.words), JSON.stringify(problem));
        assert.equal(to.removals(), 0);
        assert.equal(to.host.count('sbatch'), 1);
      }));

    it(`is found by its folder if the job exists after all: ${name}`, () =>
      withCluster(async (to) => {
        to.sbatch = answer;
        to.queue = [queueLine({ A: '76' }), ours('77')];
        assert.equal(await submitTo(to), '77');
        assert.equal(to.removals(), 0);
      }));
  }
});

describe('a submission that the user cancels while sbatch runs', () => {
  const stopped = (ends: FakeCluster['sbatch'], queue: readonly string[], test: (to: FakeCluster) => void) =>
    withCluster(async (to) => {
      const stop = new AbortController();
      let answer: () => void = () => undefined;
      const answering = new Promise<void>((resolve) => {
        answer = resolve;
      });
      to.sbatch = async () => {
        stop.abort();
        await answering;
        if (typeof ends === 'function') return ends();
        return ends;
      };
      to.queue = queue;
      await assert.rejects(submitTo(to, [], {}, stop.signal), { name: 'AbortError' });
      assert.equal(to.removals(), 0);
      answer();
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      test(to);
    });
  const cancelled = ours('77', { T: 'CANCELLED', N: '' });

  for (const code of [0, 3])
    it(`cancels the job and removes its folder if it has not started (sbatch exits with ${code})`, () =>
      stopped({ output: '77\n', code }, [cancelled], (to) => {
        assert.deepEqual(
          to.host.lines().filter((line) => line.startsWith('scancel')),
          ['scancel 77'],
        );
        assert.equal(to.removals(), 1);
      }));

  for (const [name, queue] of [
    ['it has started', [ours('77', { T: 'CANCELLED', N: 'n1' })]],
    ['it has finished', [ours('77', { T: 'COMPLETED' })]],
    ['it is unknown', []],
  ] as const)
    it(`keeps the folder of the cancelled job if ${name}`, () =>
      stopped({ output: '77\n' }, queue, (to) => {
        assert.equal(to.host.count('scancel'), 1);
        assert.equal(to.removals(), 0);
      }));

  it('keeps the folder, and cancels the jobs that run in it, if the response is lost', async () => {
    const lost = new JobError({ kind: 'offline', place: 'alpha', why: 'x' });
    await stopped(lost, [], (to) => {
      assert.equal(to.removals(), 0);
      assert.equal(to.host.count('scancel'), 0);
    });
    await stopped(lost, [cancelled], (to) => {
      assert.deepEqual(
        to.host.lines().filter((line) => line.startsWith('scancel')),
        ['scancel 77'],
      );
    });
  });

  it('cancels the job on the cluster that accepted it', () =>
    stopped({ output: '77;other\n' }, [queueLine({ A: '77' })], (to) => {
      assert.deepEqual(
        to.host.lines().filter((line) => line.startsWith('scancel')),
        ['scancel --clusters=other 77'],
      );
      assert.equal(to.removals(), 0);
    }));
});

describe('a submission to another cluster', () => {
  const ci = { scontrol: () => ({ output: 'Configuration data\nClusterName             = ci\nX = y\n' }) };
  const choices: readonly (readonly [
    string,
    readonly string[],
    Parameters<typeof submitTo>[2],
    readonly string[],
  ])[] = [
    ['--clusters', ['#SBATCH --clusters=other'], {}, []],
    ['-M', ['#SBATCH -Mother'], {}, []],
    ['-M word', ['#SBATCH -n1 -M other'], {}, []],
    ['--cluster', ['#SBATCH --cluster other'], {}, []],
    ['all', ['#SBATCH -M all'], {}, []],
    ['two', ['#SBATCH -M ci,other'], {}, []],
    ['a later component', ['#SBATCH -n1', '#SBATCH hetjob', '#SBATCH -M other'], {}, []],
    ['additional options', [], { options: { extra: '-M other' } }, []],
    ['a variable of the job', [], { env: { SBATCH_CLUSTERS: 'other' } }, []],
    ['another variable of the job', [], { env: { SLURM_CLUSTERS: 'other' } }, []],
    ['a configuration file', [], { env: { SLURM_CONF: '/other/slurm.conf' } }, []],
    ['a variable of the site', [], {}, ['SBATCH_CLUSTERS=other']],
    ['another variable of the site', [], {}, ['SLURM_CLUSTERS=other']],
  ];
  for (const [name, lines, more, environment] of choices)
    it(`is rejected before anything is sent: ${name}`, () =>
      withCluster(async (to) => {
        Object.assign(to.others, ci);
        to.environment = environment;
        const problem = await problemOf(submitTo(to, lines, more));
        assert.ok(
          problem.kind === 'invalid' && /that Slurm does not show.*Nothing was submitted/.test(problem.why),
        );
        assert.equal(to.host.count('sbatch'), 0);
        assert.equal(to.removals(), 1);
      }));

  it('is accepted if it names the connected cluster', () =>
    withCluster(async (to) => {
      Object.assign(to.others, ci);
      to.environment = ['SLURM_CLUSTERS=ci'];
      to.sbatch = { output: '77;ci\n' };
      assert.equal(await submitTo(to, ['#SBATCH -M ci']), '77');
    }));

  it('is rejected if the name of the connected cluster is unknown', () =>
    withCluster(async (to) => {
      to.others['scontrol'] = () => ({ code: 1 });
      assert.equal((await problemOf(submitTo(to, ['#SBATCH -M ci']))).kind, 'invalid');
    }));

  for (const output of ['77;other\n', 'Submitted batch job 77 on cluster other\n'])
    it(`is reported as such, and is not taken for the local job with that number: ${output.trim()}`, () =>
      withCluster(async (to) => {
        Object.assign(to.others, ci);
        to.sbatch = { output };
        to.queue = [queueLine({ A: '77' })];
        const problem = await problemOf(submitTo(to));
        assert.ok(problem.kind === 'invalid');
        assert.match(problem.why, /to another cluster, other, where its ID is 77.*\/r\/2026/);
        assert.equal(to.removals(), 0);
        assert.equal(to.host.count('scancel'), 0);
      }));

  it('is found in the queue of a federation', () =>
    withCluster(async (to) => {
      Object.assign(to.others, ci);
      to.sbatch = { output: '67108941;other\n' };
      to.queue = [ours('67108941')];
      assert.equal(await submitTo(to), '67108941');
    }));
});

describe('a dry run', () => {
  const tried = ({ backend }: FakeCluster): Promise<unknown> =>
    dryRun(
      backend,
      { kind: 'script', script: { name: 'fit.sh', text: '#!/bin/sh\n#SBATCH -J own\n' } },
      undefined,
      requestOf({ env: { A: '1' } }),
      never,
    );

  it('is called like the submission and leaves no files', () =>
    withCluster(async (to) => {
      to.sbatch = { errors: 'sbatch: Job 78 to start at 2026-03-05T12:00:00' };
      assert.match(String(await tried(to)), /Slurm accepted the dry run/);
      assert.ok(!to.options().some((word) => word.startsWith('--job-name')));
      assert.equal(to.host.asked.findLast(({ argv }) => argv[0] === 'sbatch')?.env?.['A'], '1');
      assert.equal(to.removals(), 1);
    }));

  it('keeps the folder of a job that was created anyway', () =>
    withCluster(async (to) => {
      to.sbatch = { output: '77\n' };
      const problem = await problemOf(tried(to));
      assert.ok(problem.kind === 'invalid' && /submitted the script as job 77/.test(problem.why));
      assert.equal(to.removals(), 0);
    }));
});

describe('the command line of sbatch', () => {
  it("has the site's defaults in the environment, and no options for them", () =>
    withCluster(async (to) => {
      to.environment = ['SBATCH_PARTITION=long', 'SBATCH_JOB_NAME=site', 'SBATCH_OUTPUT=o/%x'];
      await submitTo(to, ['#SBATCH -p short -t 20 -J own'], { options: { qos: '', partition: '' } });
      assert.deepEqual(to.options(), [
        'sbatch',
        '--parsable',
        `--chdir=${jobFolder}/work`,
        `${jobFolder}/job.sh`,
      ]);
    }));

  it("creates the folders for the job's output", () =>
    withCluster(async (to) => {
      await submitTo(to, ['#SBATCH -J own -o logs/%x.out -e /e/%u/100%%/%j.err']);
      const made = to.host.lines().filter((line) => line.startsWith('mkdir'));
      assert.deepEqual(made, [`mkdir -p -- ${jobFolder}/work/logs /e/al/100%`]);
      const lines = to.host.lines();
      assert.ok(lines.indexOf(made[0] ?? '') < lines.findIndex((line) => line.startsWith('sbatch')));
    }));

  it("creates a job's folder as soon as its number is known", () =>
    withCluster(async (to) => {
      await submitTo(to, ['#SBATCH -o logs/%j/out']);
      assert.equal(to.host.lines().at(-1), `mkdir -p -- ${jobFolder}/work/logs/77`);
    }));

  it('does not fail if a folder cannot be created', () =>
    withCluster(async (to) => {
      to.others['mkdir'] = () => new JobError({ kind: 'offline', place: 'x', why: 'y' });
      assert.equal(await submitTo(to, ['#SBATCH -o logs/x']), '77');
    }));
});

describe('the messages of sbatch on acceptance', () => {
  it('are shown once, without the program name', () =>
    withCluster(async (to) => {
      to.sbatch = {
        output: '77\n',
        errors: 'sbatch: Your project has 3 h left.\n\nsbatch: lua: Be kind.\u001b[1m\n',
      };
      const id = toJobId(await submitTo(to));
      const getSubmissionNotice = to.backend.submit?.getNotice;
      assert.equal(getSubmissionNotice?.(id), 'Your project has 3 h left. · Be kind.␣[1m');
      assert.equal(getSubmissionNotice(id), undefined);
    }));

  it('are limited in length, and omitted if empty', () =>
    withCluster(async (to) => {
      const id = toJobId(await submitTo(to));
      assert.equal(to.backend.submit?.getNotice?.(id), undefined);
      to.sbatch = { output: '77\n', errors: 'x'.repeat(50_000) };
      await submitTo(to);
      assert.equal(to.backend.submit?.getNotice?.(id)?.length, 2001);
    }));
});

describe('the submitted job', () => {
  it('is found if it is heterogeneous, and cancelled as a whole', () =>
    withCluster(async (to) => {
      to.queue = [ours('77', { i: '77+0' }), queueLine({ A: '78', i: '77+1', Z: '/home/al' })];
      const id = toJobId(await submitTo(to, ['#SBATCH -n1', '#SBATCH hetjob', '#SBATCH -n1']));
      assert.deepEqual([(await to.backend.jobs.get(id, never))?.id], ['77']);
      await to.backend.control?.cancel?.(id, never);
      assert.equal(
        to.host.lines().findLast((line) => line.startsWith('scancel')),
        'scancel 77',
      );
    }));
});
