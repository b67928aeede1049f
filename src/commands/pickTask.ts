import { getJobStatus } from '../core/domain/job.js';
import { formatStatus } from '../core/presentation/statusText.js';
import { getNumericSuffix } from '../core/jobs/jobIndex.js';
import type { Job } from '../core/domain/job.js';
import { sanitize } from '../lib/sanitize.js';
import type { CommandDeps } from './commandDeps.js';
import { resolveTarget as one, type LogTarget, type JobTarget } from './resolveTargets.js';

type PickTaskDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'clock'>;

/**
 * The log that a command refers to. For an array: of its only task, or of one that the user selects; for a
 * job with several logs: the one that the user selects. Undefined: none (with a message), or dismissed.
 */
export async function pickLogTarget(
  rows: readonly string[],
  title: string,
  ports: PickTaskDeps,
): Promise<LogTarget | undefined> {
  const target = await one(rows, 'log', title, ports);
  const job = target?.job.tasks ? await pickTask(target, title, ports) : target;
  return job && pickLogSource(job, title, ports);
}

/** Prompts only if the backend reports several logs. */
async function pickLogSource(
  target: JobTarget,
  title: string,
  { ui }: PickTaskDeps,
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
    label: sanitize(source.title),
    icon: 'output',
    ...(source.detail === undefined ? {} : { description: sanitize(source.detail) }),
  }));
  const answer = await ui.pick({ title: `${title}: ${job.name}` }, items, 'Choose a log');
  if (answer.kind !== 'value') return undefined;
  return answer.value === main ? target : { ...target, source: answer.value };
}

async function pickTask(
  array: JobTarget,
  title: string,
  { ui, jobs, clock }: PickTaskDeps,
): Promise<JobTarget | undefined> {
  const { name } = array.job;
  const tasks = sortForReading(jobs.getTasks(array));
  if (tasks.length === 0) await ui.showMessage('info', `No task of ${name} is known yet.`, []);
  if (tasks.length <= 1) return tasks[0];
  const items = tasks.map((task) => ({
    value: task,
    label: sanitize(task.job.name === name ? task.job.id : task.job.name),
    description: formatStatus(task.job, clock.now()),
  }));
  const answer = await ui.pick({ title: `${title}: ${name}` }, items, 'Choose a task');
  return answer.kind === 'value' ? answer.value : undefined;
}

/** Tasks in the order of likely interest: running, failed, otherwise finished; each newest first. */
function sortForReading(tasks: readonly JobTarget[]): readonly JobTarget[] {
  return tasks
    .map((task) => ({
      task,
      rank: getReadingRank(task.job),
      at: getLastTimeMs(task.job),
      number: getNumericSuffix(task.job),
    }))
    .sort((a, b) => a.rank - b.rank || b.at - a.at || a.number - b.number)
    .map(({ task }) => task);
}

function getReadingRank({ state }: Job): number {
  switch (getJobStatus(state)) {
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

const getLastTimeMs = ({ ended, started }: Job): number => (ended ?? started)?.getTime() ?? 0;
