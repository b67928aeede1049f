import { rm } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slurmBackend } from '../../../fakes/slurmBackend.js';
import type { Backend } from '../../../../src/core/domain/backend.js';
import type { JobRequest } from '../../../../src/core/domain/jobSpec.js';
import type { Job } from '../../../../src/core/domain/job.js';
import { fakeClock, type FakeClock } from '../../../fakes/clock.js';
import { quietLog } from '../../../contract/local.js';
import { never } from '../../remote/doubles.js';
import { fakeHost, type Answer, type FakeHost } from './world.js';
import { listJobs, sendScript } from '../../../fakes/backendCalls.js';

/** The path where the fake cluster creates the folder of each job. */
export const jobFolder = '/r/20260305-120000-0123abcd';

/** The responses of a cluster; changed during a test. */
export interface FakeCluster {
  readonly backend: Backend;
  readonly host: FakeHost;
  readonly clock: FakeClock;
  /** The connection's own folder. */
  readonly folder: string;
  /** To sbatch. */
  sbatch: Answer | (() => Promise<Answer>);
  /** For the queue, built by `queueLine`; an error: the queue is unavailable. */
  queue: readonly string[] | Error;
  /** For other programs, by name. */
  readonly others: Record<string, (argv: readonly string[]) => Answer>;
  /** `NAME=value` of the login environment. */
  environment: readonly string[];
  /** The number of times a job's folder was removed. */
  readonly removals: () => number;
  /** The options of the last sbatch call. */
  readonly options: () => readonly string[];
}

/** Runs a test with a cluster whose commands are fakes. */
export async function withCluster(test: (cluster: FakeCluster) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bj-fake-cluster-'));
  const clock = fakeClock();
  const host = fakeHost((argv) => answer(argv));
  const backend = slurmBackend({
    connection: { id: 'slurm', kind: 'slurm', title: 'Slurm', settings: {} },
    host,
    bin: '',
    root: '/r',
    folder,
    keepDays: () => 0,
    historyDays: () => 7,
    clock,
    log: quietLog,
  });
  const cluster: FakeCluster = {
    backend,
    host,
    clock,
    folder,
    sbatch: { output: '77\n' },
    queue: [],
    others: {},
    environment: [],
    removals: () => host.count('rm'),
    options: () => host.asked.findLast(({ argv }) => argv[0] === 'sbatch')?.argv ?? [],
  };
  const answer = async (argv: readonly string[]): Promise<Answer | undefined> => {
    const [program = '', , script = ''] = argv;
    const other = cluster.others[program];
    if (other) return other(argv);
    if (program === 'sbatch') return typeof cluster.sbatch === 'function' ? cluster.sbatch() : cluster.sbatch;
    if (program === 'squeue') return queueOf(cluster.queue, argv);
    if (program === 'sacct') return { code: 1, errors: 'Slurm accounting storage is disabled' };
    if (script.includes('id -un')) return { output: ['al', ...cluster.environment, ''].join('\n') };
    return script.includes('mkdir -- "$d"') ? { output: `${jobFolder}\n` } : undefined;
  };
  try {
    await test(cluster);
  } finally {
    backend.dispose?.();
    // What a submission cleans up may not have ended yet.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function queueOf(queue: FakeCluster['queue'], argv: readonly string[]): Answer {
  if (queue instanceof Error) return queue;
  const id = argv.find((word) => word.startsWith('--jobs='))?.slice('--jobs='.length);
  if (id === undefined) return { output: queue.join('') };
  const [whole = ''] = id.split('_');
  const found = queue.filter((line) =>
    line
      .split('\u001f')
      .slice(0, 3)
      .some((field) => field.replace('\u001e', '').split(/[_+]/)[0] === whole),
  );
  return found.length > 0
    ? { output: found.join('') }
    : { code: 1, errors: 'slurm_load_jobs error: Invalid job id specified' };
}

/** The submitted files. */
export const requestOf = (more: Partial<JobRequest> = {}): JobRequest => ({
  name: 'fit.sh',
  args: [],
  env: {},
  options: {},
  ...more,
});

/** Submits a shell script. */
export async function submitTo(
  { backend }: FakeCluster,
  lines: readonly string[] = [],
  more: Partial<JobRequest> = {},
  signal: AbortSignal = never,
): Promise<string> {
  const text = ['#!/bin/sh', ...lines, 'true', ''].join('\n');
  return sendScript(backend, { name: 'fit.sh', text }, requestOf(more), signal);
}

/** The listed jobs. */
export const listOf = async ({ backend }: FakeCluster): Promise<readonly Job[]> =>
  (await listJobs(backend, 100, never)).jobs;
