import assert from 'node:assert/strict';
import { parseDirectives } from '../../../../src/backends/slurm/directives.js';
import type { SubmissionCommand } from '../../../../src/backends/scheduler/submit/submission.js';
import { createSubmission, type SubmissionContext } from '../../../../src/backends/slurm/options.js';
import type { JobRequest } from '../../../../src/core/domain/jobSpec.js';

const place = { folder: '/r/j', work: '/r/j/work', script: '/r/j/job.sh' };
const own = (...lines: readonly string[]) => parseDirectives(['#!/bin/sh', ...lines].join('\n'));
const partsOf = (...lines: readonly string[]): SubmissionContext => ({
  paths: place,
  script: own(...lines),
  variables: {},
  usualName: 'fit.sh',
});
const request = (
  options: Readonly<Record<string, string>> = {},
  more: Partial<JobRequest> = {},
): JobRequest => ({
  name: 'fit',
  args: [],
  env: {},
  options,
  ...more,
});
const submission = (
  options: Readonly<Record<string, string>> = {},
  more: Partial<JobRequest> = {},
  ...lines: readonly string[]
): SubmissionCommand => createSubmission(request(options, more), partsOf(...lines));
/** The options in addition to those that are always present. */
const given = (options: Readonly<Record<string, string>>): readonly string[] =>
  submission(options)
    .argv.slice(1, -1)
    .filter((word) => !/^--(job-name|chdir|output)=/.test(word));

describe('the arguments of sbatch', () => {
  it('contain a name, a folder, an output path, the script and its arguments', () => {
    assert.deepEqual(submission({}, { name: '-x "y"|$(z)', args: ['-a', 'b c'] }), {
      argv: [
        'sbatch',
        '--job-name=-x "y"|$(z)',
        '--chdir=/r/j/work',
        '--output=/r/j/slurm-%j.out',
        '/r/j/job.sh',
        '-a',
        'b c',
      ],
      name: '-x "y"|$(z)',
      output: '/r/j/slurm-%j.out',
      error: undefined,
    });
  });

  it('contain the answers, and nothing for empty ones', () => {
    const answers = {
      ...{
        partition: ' short ',
        account: 'lab',
        qos: '',
        nodes: '1-2',
        tasks: '4',
        cpus: '8',
        memory: '16G',
      },
      ...{ gpus: '2', setup: 'module load x', throttle: '', after: '  ' },
    };
    assert.deepEqual(given(answers), [
      ...[
        '--partition=short',
        '--account=lab',
        '--nodes=1-2',
        '--ntasks=4',
        '--cpus-per-task=8',
        '--mem=16G',
      ],
      '--gres=gpu:2',
    ]);
  });

  it('request GPUs, by number or type, and other devices as written', () => {
    for (const [typed, gres] of [
      ['1', 'gpu:1'],
      ['a100:2', 'gpu:a100:2'],
      ['gpu:2', 'gpu:2'],
      ['gpu:a100:2', 'gpu:a100:2'],
      ['mps:100', 'mps:100'],
    ] as const)
      assert.deepEqual(given({ gpus: typed }), [`--gres=${gres}`]);
  });

  it('contain the limit rounded up to minutes', () => {
    assert.ok(submission({}, { limitMs: 90_001 }).argv.includes('--time=0-00:02:00'));
  });

  it('create an array with a separate file for each task', () => {
    const { argv, output } = submission({ array: '0-9', throttle: '2' });
    assert.ok(argv.includes('--array=0-9%2'));
    assert.equal(output, '/r/j/slurm-%A_%a.out');
    assert.equal(submission({}, {}, '#SBATCH -a 1-3').output, '/r/j/slurm-%A_%a.out');
  });

  it('contain dependencies on other jobs, by default on their success', () => {
    assert.deepEqual(given({ after: '7,36_2' }), ['--dependency=afterok:7:36_2']);
    assert.deepEqual(given({ after: '7', afterKind: 'afterany' }), ['--dependency=afterany:7']);
    assert.deepEqual(given({ afterKind: 'afterany' }), []);
  });

  it('leave the output path and the working directory to the script', () => {
    const { argv, output, error } = submission(
      {},
      {},
      '#SBATCH -o out-%j.txt -e err.txt',
      '#SBATCH -D /scratch',
    );
    assert.deepEqual(argv, ['sbatch', '--job-name=fit', '/r/j/job.sh']);
    assert.deepEqual([output, error], ['/scratch/out-%j.txt', '/scratch/err.txt']);
  });

  it('contain additional options unchanged, which take precedence over the same ones', () => {
    const { argv, output, error } = submission({
      extra: '--constraint="a b" --exclusive -oown.txt --error e.txt',
    });
    assert.deepEqual(argv.slice(3, -1), ['--constraint=a b', '--exclusive', '-oown.txt', '--error', 'e.txt']);
    assert.deepEqual([output, error], ['/r/j/work/own.txt', '/r/j/work/e.txt']);
  });

  it("start with the caller's options", () => {
    assert.deepEqual(createSubmission(request(), partsOf(), ['--parsable']).argv.slice(0, 2), [
      'sbatch',
      '--parsable',
    ]);
  });

  describe('leaving the job name to the script', () => {
    const named = (
      lines: readonly string[],
      { name = 'fit.sh', ...more }: Partial<JobRequest> = {},
      variables: Readonly<Record<string, string>> = {},
    ): readonly (string | undefined)[] => {
      const parts = { ...partsOf(...lines), variables };
      const { argv, name: called } = createSubmission(request({}, { name, ...more }), parts);
      return [argv.find((word) => word.startsWith('--job-name')), called];
    };

    it('applies if the user did not change it', () => {
      assert.deepEqual(named(['#SBATCH --job-name=own']), [undefined, 'own']);
      assert.deepEqual(named(['#SBATCH -Jown']), [undefined, 'own']);
      assert.deepEqual(named(['#PBS -N own']), [undefined, 'own']);
      assert.deepEqual(named([], {}, { SBATCH_JOB_NAME: 'site' }), [undefined, 'site']);
      assert.deepEqual(named(['#SBATCH -J own'], {}, { SBATCH_JOB_NAME: 'site' }), [undefined, 'site']);
      assert.deepEqual(named([], { env: { SBATCH_JOB_NAME: 'mine' } }, { SBATCH_JOB_NAME: 'site' }), [
        undefined,
        'mine',
      ]);
    });

    it('does not apply if the user entered a name, or the script has none', () => {
      assert.deepEqual(named(['#SBATCH -J own'], { name: 'mine' }), ['--job-name=mine', 'mine']);
      assert.deepEqual(named([]), ['--job-name=fit.sh', 'fit.sh']);
      assert.deepEqual(named(['#SBATCH --job-name=']), ['--job-name=fit.sh', 'fit.sh']);
    });
  });

  it('leaves the output to the environment, and creates an array if the environment requests one', () => {
    const variables = { SBATCH_OUTPUT: 'site/%x.%u', SBATCH_ERROR: '/e/%j' };
    const { argv, output, error } = createSubmission(request(), {
      ...partsOf('#SBATCH -o own'),
      variables,
      user: 'al',
    });
    assert.ok(!argv.some((word) => /^--(output|error)/.test(word)));
    assert.deepEqual([output, error], ['/r/j/work/site/fit.al', '/e/%j']);
    const array = createSubmission(request(), { ...partsOf(), variables: { SBATCH_ARRAY_INX: '0-3' } });
    assert.equal(array.output, '/r/j/slurm-%A_%a.out');
  });

  it('writes no file if the script disables output in a form that sbatch accepts', () => {
    for (const word of ['none', 'NONE', '/dev/null']) {
      const { output, error } = submission({}, {}, `#SBATCH -o ${word} -e ${word}`);
      assert.deepEqual([output, error], ['/dev/null', '/dev/null']);
    }
    assert.equal(submission({}, {}, '#SBATCH -o none.out').output, '/r/j/work/none.out');
  });

  it('writes below a folder with any name', () => {
    const at = (folder: string, ...lines: readonly string[]): SubmissionCommand =>
      createSubmission(request(), {
        ...partsOf(...lines),
        paths: { folder, work: `${folder}/work`, script: `${folder}/job.sh` },
      });
    assert.ok(at('/r/100%j').argv.includes('--output=/r/100%%j/slurm-%j.out'));
    assert.equal(at('/r/100%j').output, '/r/100%%j/slurm-%j.out');
    assert.equal(at('/r/100%j', '#SBATCH -o %x-%j.txt').output, '/r/100%%j/work/fit-%j.txt');
    assert.ok(!at('/r/a\\b').argv.some((word) => word.startsWith('--output')));
    assert.equal(at('/r/a\\b').output, 'slurm-%j.out');
  });
});
