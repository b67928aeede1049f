import assert from 'node:assert/strict';
import type { ClusterCatalog } from '../../../../src/backends/slurm/clusterCatalog.js';
import { createSlurmQuestions } from '../../../../src/backends/slurm/questions.js';
import type { QuestionAnswers, Question } from '../../../../src/core/domain/questions.js';
import { pickStorableAnswers } from '../../../../src/core/domain/questions.js';
import { never } from '../../remote/doubles.js';
import { queued, queueLine, taskLine, toJobs } from './world.js';

const partition = {
  name: 'short',
  isDefault: true,
  isUp: true,
  limit: 3_600_000,
  defaultLimit: 600_000,
  nodes: { allocated: 0, idle: 2, other: 0, total: 2 },
  cpus: { allocated: 4, idle: 12, other: 0, total: 16 },
  cpusPerNode: 8,
  memoryMb: 16_384,
  gres: [{ name: 'gpu', type: 'a100', count: 1, total: 2 }],
};
const offers: ClusterCatalog = {
  listPartitions: async () => [
    partition,
    {
      ...partition,
      name: 'closed',
      isDefault: false,
      isUp: false,
      limit: 'unlimited',
      defaultLimit: undefined,
      gres: [],
    },
  ],
  getAssociations: async () => ({
    accounts: [
      { name: 'lab', partitions: [], qos: ['normal', 'high'], defaultQos: undefined },
      { name: 'own', partitions: [], qos: ['normal'], defaultQos: undefined },
    ],
    defaultAccount: 'lab',
  }),
};
const jobs = toJobs(
  queued(
    queueLine({ A: '7', T: 'COMPLETED' }),
    queueLine({ A: '8', j: 'prepare' }),
    taskLine('0'),
    taskLine('1'),
  ),
  { now: new Date() },
);
const all = createSlurmQuestions({ catalog: offers, listJobs: async () => jobs })('script');
const question = (id: string): Question => all.find((one) => one.id === id) ?? assert.fail(id);
const wrong = (id: string, value: string): string | undefined => question(id).validate?.(value, {});
const choices = async (id: string, options: QuestionAnswers = {}): Promise<readonly string[]> =>
  ((await question(id).choices?.(never, options)) ?? []).map(({ value }) => value);

describe('the questions of a Slurm submission', () => {
  it('can all keep their defaults', () => {
    assert.deepEqual(
      all.filter(({ optional }) => optional !== true),
      [],
    );
    for (const { id, validate: check, initial = '' } of all)
      assert.equal(check?.(initial, {}), undefined, id);
  });

  it('offer partitions with their free resources and limits', async () => {
    const [blank, first, second] = (await question('partition').choices?.(never, {})) ?? [];
    assert.equal(blank?.detail, 'The default is short');
    assert.deepEqual(first, {
      value: 'short',
      label: 'short',
      description: '12 of 16 CPUs free · default',
      detail: 'at most 1 h · default 10 min · 2 nodes, each 8 CPUs, 16 GB · 2 a100 in all',
    });
    assert.equal(second?.description, 'closed: jobs wait until it opens');
    assert.equal(second.detail, 'no time limit · 2 nodes, each 8 CPUs, 16 GB');
  });

  it('offer accounts and their QOS', async () => {
    assert.deepEqual(await choices('account'), ['', 'lab', 'own']);
    assert.deepEqual(await choices('qos'), ['', 'normal', 'high']);
    assert.deepEqual(await choices('qos', { account: 'own' }), ['', 'normal']);
  });

  it('offer unfinished jobs as dependencies, arrays as a whole', async () => {
    assert.deepEqual(await choices('after'), ['36', '8']);
    assert.equal(question('afterKind').isVisible?.({ after: '' }), false);
    assert.equal(question('afterKind').isVisible?.({ after: '8' }), true);
  });

  it('include the number of concurrent tasks only for an array that does not set it', () => {
    assert.equal(question('throttle').isVisible?.({ array: '0-9' }), true);
    assert.equal(question('throttle').isVisible?.({ array: '0-9%2' }), false);
    assert.equal(question('throttle').isVisible?.({}), false);
  });

  for (const [id, good, bad] of [
    ['partition', ['short', 'a,b', ''], ['-x', 'a b', 'x;y', '$(id)']],
    ['nodes', ['2', '2-4', ''], ['0', '-1', '2-', 'x', '1;2']],
    ['tasks', ['16'], ['0', '1.5', '1-2']],
    ['cpus', ['8'], ['0', 'a']],
    ['memory', ['16G', '512', '0', '1t'], ['16 GB', 'G', '-1', '1.5G']],
    ['gpus', ['1', 'a100:2', 'gpu:a100:2'], ['a100', ':1', 'a b:1', '-1']],
    ['array', ['0-9', '1,3,5', '0-9:2%4', ''], ['9-0', 'a', '1,,2']],
    ['throttle', ['1', ''], ['0', '-1', 'x']],
    ['setup', ['module load julia; export X=1', ''], ['a\nb']],
    [
      'extra',
      ['--constraint=a100 --exclusive', '--constraint a100', '-C "a&b"', '--mail-type=END', '--output=x', ''],
      [
        ...['foo', '--exclusive foo', '--constraint a b', '"unclosed', '--', '-', '--constraint=a -- x'],
        ...[
          '--wrap=x',
          '--wra=x',
          '--parsable',
          '--array=1-3',
          '-a1-3',
          '-a 1-3',
          '-Jx',
          '--job-name x',
          '-D/tmp',
        ],
        ...['--chdir=/tmp', '-W', '-HW', '--wait', '--test-only', '-M other', '--help'],
      ],
    ],
  ] as const)
    it(`validate the input for ${id}`, () => {
      for (const value of good) assert.equal(wrong(id, value), undefined, value);
      for (const value of bad) assert.ok(wrong(id, value), value);
    });

  it('report what belongs to no option, since sbatch would run it', () => {
    assert.equal(wrong('extra', '--exclusive other.sh'), 'Unexpected argument other.sh. Use --name=value.');
    assert.equal(wrong('extra', '-a1-3'), '--array is set by the extension.');
  });
});

describe('remembered answers for Slurm', () => {
  const remembered = (options: QuestionAnswers): QuestionAnswers => pickStorableAnswers(all, options);

  it('never contain dependencies, also among additional options', () => {
    assert.deepEqual(remembered({ after: '3', afterKind: 'afterany', partition: 'short' }), {
      partition: 'short',
    });
    for (const [extra, kept] of [
      ['--exclusive -d afterok:3 -C "a b"', '--exclusive -C "a b"'],
      ['-dafterok:3', ''],
      ['--dependency=singleton --exclusive', '--exclusive'],
      ['--depend afterok:3', ''],
      ['--comment=-d --exclusive', '--comment=-d --exclusive'],
      ['--comment "not closed', '--comment "not closed'],
    ] as const)
      assert.deepEqual(remembered({ extra }), { extra: kept }, extra);
  });

  it('apply only after all of them were shown', () => {
    for (const { id, recall } of all)
      assert.equal(recall, id === 'after' || id === 'afterKind' ? 'never' : 'ask', id);
  });
});
