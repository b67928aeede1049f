import { countText } from '../core/presentation/duration.js';
import type { TaskCounts } from '../core/domain/job.js';
import { tasksText } from '../core/presentation/state.js';
import type { Ports } from './ports.js';
import { doToAll } from './several.js';
import { arrayOf, targets, type Target } from './target.js';
import { findAction } from '../core/domain/actions.js';
import { doAction } from './jobActions.js';

type CancelJobDeps = Pick<Ports, 'ui' | 'jobs' | 'clock'>;

/** Id of the action that cancels only tasks that have not started. */
const cancelQueued = 'cancelQueued';

/** How much of the selected jobs to cancel. */
type Extent = 'all' | 'queued';

/**
 * Cancels active jobs after confirmation; of an array, all tasks or only the queued ones. Calls the backend
 * once per job.
 */
export async function cancelJobs(rows: readonly string[], ports: CancelJobDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await targets(rows, 'cancel', 'Cancel Job', jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const extent = await askExtent(first, chosen.length, ports);
  if (!extent) return;
  const progress = `Cancelling ${first.job.name}`;
  if (extent === 'queued') return doAction(cancelQueued, chosen, progress, {}, ports);
  await doToAll(chosen, progress, ports, async ({ backend, job }, signal) => {
    await backend.control?.cancel?.(job.id, signal);
  });
}

/** Confirms what to cancel; undefined: nothing. */
async function askExtent(first: Target, count: number, ports: CancelJobDeps): Promise<Extent | undefined> {
  const { ui } = ports;
  const { tasks } = first.job;
  if (count === 1 && tasks && tasks.running + tasks.queued > 0) return askOfArray(first, tasks, ports);
  const isTask = arrayOf(first, ports.jobs) !== undefined;
  const [question, detail, button] =
    count > 1
      ? [
          `Cancel ${String(count)} jobs?`,
          'Unsaved results may be lost. The logs are kept.',
          `Cancel ${String(count)} Jobs`,
        ]
      : [
          isTask ? `Cancel task ${first.job.id} of ${first.job.name}?` : `Cancel ${first.job.name}?`,
          'Unsaved results may be lost. The log is kept.',
          isTask ? 'Cancel Task' : 'Cancel Job',
        ];
  return (await ui.ask(question, detail, [button])) === button ? 'all' : undefined;
}

async function askOfArray(
  { backend, job }: Target,
  tasks: TaskCounts,
  { ui }: CancelJobDeps,
): Promise<Extent | undefined> {
  const { name } = job;
  const { running, queued } = tasks;
  const count = running + queued;
  const all = count === 1 ? 'Cancel 1 Task' : `Cancel All ${countText(count)} Tasks`;
  const waiting = queued === 1 ? 'Cancel 1 Queued Task' : `Cancel ${countText(queued)} Queued Tasks`;
  const button = await ui.ask(
    `Cancel ${name}?`,
    `Tasks: ${tasksText(tasks)}. Unsaved results of running tasks may be lost. The logs are kept.`,
    running > 0 && findAction(backend, cancelQueued)?.isEnabled(job) ? [all, waiting] : [all],
  );
  if (button === all) return 'all';
  return button === waiting ? 'queued' : undefined;
}
