import { lookName } from '../core/domain/job.js';
import { statusText } from '../core/presentation/state.js';
import { numberIn } from '../core/jobs/jobIndex.js';
import type { Job } from '../core/domain/job.js';
import { printable } from '../lib/printable.js';
import type { Ports } from './ports.js';
import { target as one, type LogTarget, type Target } from './target.js';

type WhichTaskDeps = Pick<Ports, 'ui' | 'jobs' | 'clock'>;

/**
 * The log that a command refers to. For an array: of its only task, or of one that the user selects; for a
 * job with several logs: the one that the user selects. Undefined: none (with a message), or dismissed.
 */
export async function logTarget(
  rows: readonly string[],
  title: string,
  ports: WhichTaskDeps,
): Promise<LogTarget | undefined> {
  const target = await one(rows, 'log', title, ports);
  const job = target?.job.tasks ? await taskOf(target, title, ports) : target;
  return job && sourceOf(job, title, ports);
}

/** Prompts only if the backend reports several logs. */
async function sourceOf(
  target: Target,
  title: string,
  { ui }: WhichTaskDeps,
): Promise<LogTarget | undefined> {
  const { backend, job } = target;
  const { sources } = backend.logs ?? {};
  if (!sources) return target;
  const [main, ...others] = await ui.progress(`Reading the logs of ${job.name}`, (signal) =>
    sources(job.id, signal),
  );
  if (!main || others.length === 0) return target;
  const items = [main, ...others].map((source) => ({
    value: source,
    label: printable(source.title),
    icon: 'output',
    ...(source.detail === undefined ? {} : { description: printable(source.detail) }),
  }));
  const answer = await ui.pick({ title: `${title}: ${job.name}` }, items, 'Choose a log');
  if (answer.kind !== 'value') return undefined;
  return answer.value === main ? target : { ...target, source: answer.value };
}

async function taskOf(
  array: Target,
  title: string,
  { ui, jobs, clock }: WhichTaskDeps,
): Promise<Target | undefined> {
  const { name } = array.job;
  const tasks = inReadingOrder(jobs.tasks(array));
  if (tasks.length === 0) await ui.tell('info', `No task of ${name} is known yet.`, []);
  if (tasks.length <= 1) return tasks[0];
  const items = tasks.map((task) => ({
    value: task,
    label: printable(task.job.name === name ? task.job.id : task.job.name),
    description: statusText(task.job, clock.now()),
  }));
  const answer = await ui.pick({ title: `${title}: ${name}` }, items, 'Choose a task');
  return answer.kind === 'value' ? answer.value : undefined;
}

/** Tasks in the order of likely interest: running, failed, otherwise finished; each newest first. */
function inReadingOrder(tasks: readonly Target[]): readonly Target[] {
  return tasks
    .map((task) => ({ task, rank: rankOf(task.job), at: lastTime(task.job), number: numberIn(task.job) }))
    .sort((a, b) => a.rank - b.rank || b.at - a.at || a.number - b.number)
    .map(({ task }) => task);
}

function rankOf({ state }: Job): number {
  switch (lookName(state)) {
    case 'running':
    case 'unknown':
      return 0;
    case 'failed':
      return 1;
    case 'queued':
      // It has written nothing yet.
      return 3;
    default:
      return 2;
  }
}

const lastTime = ({ ended, started }: Job): number => (ended ?? started)?.getTime() ?? 0;
