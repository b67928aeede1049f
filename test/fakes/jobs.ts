import type { Backend } from '../../src/core/domain/backend.js';
import { asJobId, type Job, type JobState, type TaskCounts } from '../../src/core/domain/job.js';
import type { LogEvent } from '../../src/core/domain/log.js';
import { lookName } from '../../src/core/domain/job.js';

/** The moment at which the tests' clocks stand. */
export const noon = new Date('2026-03-05T12:00:00Z');

/** That many milliseconds before {@link noon}. */
export const before = (ms: number): Date => new Date(noon.getTime() - ms);

export const queued: JobState = { kind: 'queued', word: 'Queued' };
export const running: JobState = { kind: 'running', word: 'Running' };
export const completed: JobState = { kind: 'ended', word: 'Completed', outcome: 'completed' };
export const failed: JobState = { kind: 'ended', word: 'Failed', outcome: 'failed' };
export const stopped: JobState = { kind: 'ended', word: 'Stopped', outcome: 'stopped' };

/** A job with these members, and nothing more than a job has to have. */
export const jobOf = ({
  id = 'j1',
  ...members
}: Partial<Omit<Job, 'id'>> & { readonly id?: string } = {}): Job => ({
  id: asJobId(id),
  name: 'fit.jl',
  state: running,
  resources: [],
  inputs: {},
  files: [],
  raw: { id },
  ...members,
});

/** An array with a task `<id>_<index>` in each of these states, its own job first. */
export function arrayOf(
  states: readonly JobState[],
  members: Parameters<typeof jobOf>[0] = {},
): readonly Job[] {
  const array = jobOf({ id: '36', name: 'sweep.py', ...members, tasks: countsOf(states) });
  const tasks = states.map((state, index) =>
    jobOf({ id: `${array.id}_${String(index)}`, name: array.name, state, parent: array.id }),
  );
  return [array, ...tasks];
}

function countsOf(states: readonly JobState[]): TaskCounts {
  const count = (look: string): number => states.filter((state) => lookName(state) === look).length;
  return {
    queued: count('queued'),
    running: count('running'),
    completed: count('completed'),
    failed: count('failed'),
    stopped: count('stopped'),
  };
}

/** The events of a log with these lines. */
export const lineEvents = (...lines: readonly string[]): readonly LogEvent[] =>
  lines.map((text, index) => ({ kind: 'line', text, next: String(index + 1) }));

/**
 * A backend with these members and, of the rest, only what every backend has. Its jobs are `jobs`; it accepts
 * arguments and environment and sets no limit.
 */
export function backendOf(members: Partial<Backend> & { readonly jobs?: readonly Job[] } = {}): Backend {
  const { jobs = [], ...own } = members;
  return {
    connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
    accepts: { args: true, env: true },
    pace: { activeMs: 1000, idleMs: 10_000 },
    list: (most) => Promise.resolve({ jobs: jobs.slice(0, most), more: jobs.length > most, malformed: [] }),
    job: (id) => Promise.resolve(jobs.find((job) => job.id === id)),
    log: async function* () {
      yield* [];
    },
    ...own,
  };
}
