import { formatCount } from '../core/presentation/formatting.js';
import type { TaskCounts } from '../core/domain/job.js';
import { formatTaskCounts } from '../core/presentation/statusText.js';
import type { CommandDeps } from './commandDeps.js';
import { runBulkAction } from './bulkAction.js';
import { omitEndNotification } from './endClaims.js';
import { getParentArray, resolveTargets, type JobTarget } from './resolveTargets.js';
import { findAction } from '../core/domain/availableActions.js';
import { runActionOnJobs } from './jobActions.js';

type CancelJobDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'clock' | 'store' | 'log'>;

/** Id of the action that cancels only tasks that have not started. */
const cancelQueuedAction = 'cancelQueued';

/** How much of the selected jobs to cancel. */
type CancelScope = 'all' | 'queued';

/**
 * Cancels active jobs after confirmation; of an array, all tasks or only the queued ones. Calls the backend
 * once per job.
 */
export async function cancelJobs(rows: readonly string[], ports: CancelJobDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const chosen = await resolveTargets(rows, 'cancel', 'Cancel Job', jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const extent = await askCancelScope(first, chosen.length, ports);
  if (!extent) return;
  const progress = `Cancelling ${first.job.name}`;
  if (extent === 'queued') return runActionOnJobs(cancelQueuedAction, chosen, progress, {}, ports);
  await runBulkAction(chosen, progress, ports, async ({ backend, job }, signal) => {
    await backend.control?.cancel?.(job.id, signal);
    await omitEndNotification({ backend, job }, ports);
  });
}

/** Confirms what to cancel; undefined: nothing. */
async function askCancelScope(
  first: JobTarget,
  count: number,
  ports: CancelJobDeps,
): Promise<CancelScope | undefined> {
  const { ui } = ports;
  const { tasks } = first.job;
  if (count === 1 && tasks && tasks.running + tasks.queued > 0)
    return askArrayCancelScope(first, tasks, ports);
  const isTask = getParentArray(first, ports.jobs) !== undefined;
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
  return (await ui.confirm(question, detail, [button])) === button ? 'all' : undefined;
}

async function askArrayCancelScope(
  { backend, job }: JobTarget,
  tasks: TaskCounts,
  { ui }: CancelJobDeps,
): Promise<CancelScope | undefined> {
  const { name } = job;
  const { running, queued } = tasks;
  const count = running + queued;
  const all = count === 1 ? 'Cancel 1 Task' : `Cancel All ${formatCount(count)} Tasks`;
  const waiting = queued === 1 ? 'Cancel 1 Queued Task' : `Cancel ${formatCount(queued)} Queued Tasks`;
  const button = await ui.confirm(
    `Cancel ${name}?`,
    `Tasks: ${formatTaskCounts(tasks)}. Unsaved results of running tasks may be lost. The logs are kept.`,
    running > 0 && findAction(backend, cancelQueuedAction)?.isEnabled(job) ? [all, waiting] : [all],
  );
  if (button === all) return 'all';
  return button === waiting ? 'queued' : undefined;
}
