import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalHost } from '../../../../../src/remote/localHost.js';
import { getJobFacts, type JobFacts } from '../../../../../src/backends/scheduler/jobs/jobFacts.js';
import { createLogPathFinder } from '../../../../../src/backends/scheduler/logs/logPaths.js';
import { slurmLogs, createSlurmQueue } from '../../../../../src/backends/slurm/dialect.js';
import type { LogPaths } from '../../../../../src/backends/scheduler/logs/jobLogs.js';
import type { SchedulerJob } from '../../../../../src/backends/scheduler/jobs/schedulerJob.js';
import type { JobFactsStore } from '../../../../../src/backends/jobFacts/jobFactsStore.js';
import { toJobId } from '../../../../../src/core/domain/job.js';
import { filesOf, inTemp, never, problemOf } from '../../../remote/doubles.js';
import {
  accounted,
  accountLine,
  callsOn,
  fakeHost,
  queued,
  queueLine,
  taskLine,
  type Letters,
} from '../../slurm/world.js';

const kept = (notes: Record<string, JobFacts>): JobFactsStore<JobFacts> => ({
  get: async (id) => notes[id],
  put: async (id, note) => {
    notes[id] = note;
  },
});
const record = (more: string): string =>
  `JobId=36 JobName=fit UserId=al(1000) GroupId=al(1000) MCS_label=N/A JobState=RUNNING ${more}\n`;

interface Case {
  readonly id?: string;
  readonly seen?: readonly SchedulerJob[];
  readonly notes?: Record<string, JobFacts>;
  readonly scontrol?: string;
}

/** The output paths of a job, and the number of calls to the controller. */
function finding({ id = '36', seen = queued(queueLine()), notes = {}, scontrol }: Case): {
  readonly paths: () => Promise<LogPaths | undefined>;
  readonly asked: () => number;
} {
  const host = fakeHost(() =>
    scontrol === undefined ? { code: 1, errors: 'Invalid job id specified' } : { output: scontrol },
  );
  const find = createLogPathFinder({
    dialect: slurmLogs,
    queue: createSlurmQueue(callsOn(host)),
    files: filesOf(createLocalHost('here', process.env)),
    notes: kept(notes),
    findJob: async (wanted) =>
      seen.find((one) => one.id === wanted) ?? seen.find((one) => String(one.base) === wanted),
  });
  return { paths: () => find(toJobId(id), never), asked: () => host.asked.length };
}

const waiting: Letters = { T: 'PENDING', N: '' };
/** The workload of a job that was submitted here. */
const inOurs: Letters = { o: '/r/j/job.sh' };
const ours: JobFacts = { folder: '/r/j', output: '/r/j/slurm-%j.out', name: 'fit' };

describe('the output path of a job', () => {
  it('is the path given at submission, also while the job waits, without a command', async () => {
    const { paths, asked } = finding({
      seen: queued(queueLine({ ...inOurs, ...waiting })),
      notes: { 36: ours },
    });
    assert.deepEqual(await paths(), { output: '/r/j/slurm-36.out' });
    assert.equal(asked(), 0);
  });

  it('is a separate file for a task as soon as it has its own number or needs none', async () => {
    const notes = { 36: { ...ours, output: '/r/j/slurm-%A_%a.out' } };
    const { paths } = finding({ id: '36_2', seen: queued(taskLine('2', inOurs)), notes });
    assert.deepEqual(await paths(), { output: '/r/j/slurm-36_2.out' });
    const many = finding({
      id: '36_6',
      seen: queued(taskLine('5-7', { A: '36', i: '36_[5-7]', ...inOurs, ...waiting })),
      notes,
    });
    assert.deepEqual(await many.paths(), { output: '/r/j/slurm-36_6.out' });
  });

  it('is not a single path for a whole array', async () => {
    const notes = { 36: { ...ours, output: '/r/j/slurm-%A_%a.out' } };
    const problem = await problemOf(
      finding({ seen: queued(taskLine('2')), notes, scontrol: record('StdOut=/x') }).paths(),
    );
    assert.ok(problem.kind === 'invalid' && problem.why.includes('each task has its own log'));
    assert.equal(notes[36].output, '/r/j/slurm-%A_%a.out');
  });

  it('is two paths if errors go elsewhere', async () => {
    const seen = queued(queueLine(inOurs));
    const error = finding({ seen, notes: { 36: { ...ours, error: 'err-%x-%j.txt' } } });
    assert.deepEqual(await error.paths(), { output: '/r/j/slurm-36.out', error: '/home/al/err-fit-36.txt' });
    const same = finding({ seen, notes: { 36: { ...ours, error: '/r/j/slurm-%j.out' } } });
    assert.deepEqual(await same.paths(), { output: '/r/j/slurm-36.out' });
    const unknown = finding({
      seen,
      notes: { 36: { ...ours, error: '%u.txt' } },
      scontrol: record('StdErr=/home/al/al.txt StdOut=/r/j/slurm-36.out'),
    });
    assert.deepEqual(await unknown.paths(), { output: '/r/j/slurm-36.out', error: '/home/al/al.txt' });
  });

  it('comes from the controller for a job from elsewhere, and is cached', async () => {
    const notes: Record<string, JobFacts> = {};
    const { paths, asked } = finding({ notes, scontrol: record('StdErr=/x/e StdOut=/x/o') });
    assert.deepEqual(await paths(), { output: '/x/o', error: '/x/e' });
    await paths();
    assert.equal(asked(), 1);
    const at = '2026-03-05T10:59:00.000Z';
    assert.deepEqual(notes, { 36: { name: 'fit', at, output: '/x/o', error: '/x/e' } });
    const later = finding({ notes });
    assert.deepEqual(await later.paths(), { output: '/x/o', error: '/x/e' });
  });

  it('is unknown while a job from elsewhere waits', async () => {
    assert.equal(
      await finding({ seen: queued(queueLine(waiting)), scontrol: record('StdOut=/x') }).paths(),
      undefined,
    );
  });

  it("is Slurm's default if that file exists and no path is reported", () =>
    inTemp(async (temp) => {
      const work = join(temp, '20260305-120000-0123abcd', 'work');
      await mkdir(work, { recursive: true });
      const seen = queued(queueLine({ Z: work, T: 'COMPLETED' }));
      const problem = await problemOf(finding({ seen }).paths());
      assert.ok(problem.kind === 'invalid' && /[Ll]og path of fit/.test(problem.why));
      await writeFile(join(work, 'slurm-36.out'), '');
      assert.deepEqual(await finding({ seen }).paths(), { output: join(work, 'slurm-36.out') });
      await writeFile(join(work, '..', 'slurm-36.out'), '');
      assert.deepEqual(await finding({ seen }).paths(), { output: join(work, '..', 'slurm-36.out') });
    }));

  it('is not the file of an earlier job with this number', async () => {
    const notes = { 36: { ...ours, name: 'other' } };
    assert.deepEqual(await finding({ notes, scontrol: record('StdOut=/x/o') }).paths(), { output: '/x/o' });
  });

  it('is the stored path if only the accounting, or nothing, has the job', async () => {
    const notes = { 36: { ...ours, output: '/home/al/logs/fit-%j.out', error: '/home/al/logs/%%e' } };
    const paths = { output: '/home/al/logs/fit-36.out', error: '/home/al/logs/%e' };
    const seen = accounted(accountLine({ workDir: '/home/al' }));
    assert.deepEqual(await finding({ seen, notes }).paths(), paths);
    assert.deepEqual(await finding({ seen: [], notes }).paths(), paths);
  });

  it('is not the file of an earlier job with this number and the same name', async () => {
    const notes: Record<string, JobFacts> = { 36: { ...ours, at: '2026-01-05T10:59:00.000Z' } };
    const scontrol = record('StdOut=/x/o');
    const seen = queued(queueLine());
    assert.deepEqual(await finding({ seen, notes, scontrol }).paths(), { output: '/x/o' });
    const told: Record<string, JobFacts> = {
      36: { name: 'fit', at: '2026-01-05T10:59:00.000Z', output: '/y' },
    };
    assert.deepEqual(await finding({ seen, notes: told, scontrol }).paths(), { output: '/x/o' });
  });

  it('is requested again if the number belongs to another job', async () => {
    const notes: Record<string, JobFacts> = {};
    const all = [...queued(queueLine())];
    const { paths, asked } = finding({ seen: all, notes, scontrol: record('StdOut=/x/o') });
    await paths();
    all.splice(0, 1, ...queued(queueLine({ V: '2026-03-06T10:59:00' })));
    await paths();
    assert.equal(asked(), 2);
  });

  it('is the file of the first node if a pattern contains the node and that file exists', () =>
    inTemp(async (temp) => {
      await writeFile(join(temp, 'n07-36.out'), '');
      const notes = { 36: { ...ours, output: `${temp}/%N-%j.out` } };
      const seen = accounted(accountLine({ nodeList: 'n[07-09,12]' }));
      assert.deepEqual(await finding({ seen, notes }).paths(), { output: join(temp, 'n07-36.out') });
    }));

  it('is unknown for a job that no longer exists', async () => {
    assert.deepEqual(await problemOf(finding({ seen: [] }).paths()), { kind: 'gone', name: '36' });
    const unknown = { ...ours, output: 'somewhere/%j' };
    assert.equal((await problemOf(finding({ seen: [], notes: { 36: unknown } }).paths())).kind, 'invalid');
  });
});

describe('the stored metadata of a job', () => {
  const of = (note: JobFacts, change: Letters = {}): Promise<JobFacts | undefined> =>
    getJobFacts(kept({ 36: note }), '36', queued(queueLine(change))[0]);

  it('applies while the job has its name or its folder', async () => {
    assert.equal(await of(ours, inOurs), ours);
    assert.equal(await of(ours, { j: 'renamed', Z: '/r/j/work' }), ours);
    assert.equal(await of(ours, { ...inOurs, j: 'renamed', Z: '/elsewhere' }), ours);
    assert.equal(await of(ours, { j: 'other', Z: '/r/jj/work' }), undefined);
    assert.equal(await of(ours, { o: '/r/jj/job.sh', Z: '/r/jj/work' }), undefined);
    assert.ok(await of({ output: '/x' }, { j: 'other' }));
  });

  it('applies to each task of an array', async () => {
    const [task] = queued(taskLine('2', inOurs));
    assert.equal(await getJobFacts(kept({ 36: ours }), '36_2', task), ours);
    assert.equal(await getJobFacts(kept({}), '36_2', task), undefined);
    assert.equal(await getJobFacts(kept({ 36: ours }), '36', undefined), ours);
  });
});
