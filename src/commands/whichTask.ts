import { lookName } from '../core/domain/job.js';
import { statusText } from '../core/presentation/state.js';
import { numberIn } from '../core/jobs/jobIndex.js';
import type { Job } from '../core/domain/job.js';
import { printable } from '../lib/printable.js';
import type { Ports } from './ports.js';
import { target as one, type Target } from './target.js';

/**
 * The job whose log a command is meant for; of an array the task that the user picks, or the only one. Undefined: there
 * is none, which is said, or the user left.
 */
export async function logTarget(
  rows: readonly string[],
  title: string,
  ports: Ports,
): Promise<Target | undefined> {
  const target = await one(rows, 'log', title, ports);
  return target?.job.tasks ? taskOf(target, title, ports) : target;
}

async function taskOf(array: Target, title: string, { ui, jobs, clock }: Ports): Promise<Target | undefined> {
  const { say } = ui;
  const { name } = array.job;
  const tasks = inReadingOrder(jobs.tasks(array));
  if (tasks.length === 0) await ui.tell('info', say('No task of {0} is known yet.', name), []);
  if (tasks.length <= 1) return tasks[0];
  const items = tasks.map((task) => ({
    value: task,
    label: printable(task.job.name === name ? task.job.id : task.job.name),
    description: statusText(task.job, clock.now(), say),
  }));
  const answer = await ui.pick({ title: say('{0}: {1}', title, name) }, items, say('Choose a task'));
  return answer.kind === 'value' ? answer.value : undefined;
}

/** What is most likely looked for: what runs, then what failed, then what ended otherwise, the newest first. */
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
      // It has written nothing.
      return 3;
    default:
      return 2;
  }
}

const lastTime = ({ ended, started }: Job): number => (ended ?? started)?.getTime() ?? 0;
