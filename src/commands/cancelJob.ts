import { formatCount } from '../core/presentation/formatting.js';
import type { Job, TaskCounts } from '../core/domain/job.js';
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
  const extent = await askCancelScope(chosen, first, ports);
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
  chosen: readonly JobTarget[],
  first: JobTarget,
  ports: CancelJobDeps,
): Promise<CancelScope | undefined> {
  const { tasks } = first.job;
  if (chosen.length === 1 && tasks && countActive(tasks) > 0) return askArrayCancelScope(first, tasks, ports);
  const { question, button } = describeTargets(chosen, first, ports);
  const started = chosen.filter(({ job }) => hasStarted(job));
  const keep = started.length > 0 ? 'Keep Running' : 'Keep Queued';
  const detail = describeLoss(started.length, chosen.length);
  return (await ports.ui.confirm(question, detail, [button], keep)) === button ? 'all' : undefined;
}

/** The question about several jobs, one job, or tasks of one array. */
function describeTargets(
  chosen: readonly JobTarget[],
  first: JobTarget,
  { jobs }: CancelJobDeps,
): { readonly question: string; readonly button: string } {
  const { job } = first;
  const array = getParentArray(first, jobs);
  const areTasks =
    array !== undefined &&
    chosen.every((one) => one.backend === first.backend && one.job.parent === job.parent);
  const count = formatCount(chosen.length);
  if (chosen.length === 1)
    return areTasks
      ? { question: `Cancel task ${job.id} of ${array.job.name}?`, button: 'Cancel Task' }
      : { question: `Cancel ${job.name}?`, button: 'Cancel Job' };
  return areTasks
    ? { question: `Cancel ${count} tasks of ${array.job.name}?`, button: `Cancel ${count} Tasks` }
    : { question: `Cancel ${count} jobs?`, button: `Cancel ${count} Jobs` };
}

/** True if cancelling may lose what the job has done. A job in an unknown state may have started. */
const hasStarted = ({ state, tasks }: Job): boolean =>
  tasks ? tasks.running > 0 : state.kind !== 'queued' && state.kind !== 'ended';

/** What is lost if `started` of `count` jobs have started. */
function describeLoss(started: number, count: number): string {
  if (started === 0)
    return count === 1 ? 'It has not started, so nothing is lost.' : 'None has started, so nothing is lost.';
  if (count === 1) return 'Unsaved results may be lost. The log is kept.';
  const which =
    started === count ? '' : ` of the ${formatCount(started)} that ${started === 1 ? 'has' : 'have'} started`;
  return `Unsaved results${which} may be lost. The logs are kept.`;
}

const countActive = ({ running, queued }: TaskCounts): number => running + queued;

async function askArrayCancelScope(
  { backend, job }: JobTarget,
  tasks: TaskCounts,
  { ui }: CancelJobDeps,
): Promise<CancelScope | undefined> {
  const { running, queued } = tasks;
  const count = countActive(tasks);
  const what = count === 1 ? '1 task' : `${formatCount(count)} tasks`;
  const all = count === 1 ? 'Cancel 1 Task' : `Cancel ${formatCount(count)} Tasks`;
  const waiting = queued === 1 ? 'Cancel 1 Queued Task' : `Cancel ${formatCount(queued)} Queued Tasks`;
  const canChoose = running > 0 && queued > 0 && findAction(backend, cancelQueuedAction)?.isEnabled(job);
  const loss =
    running > 0
      ? 'Unsaved results of running tasks may be lost. The logs are kept.'
      : 'None of them has started, so nothing is lost.';
  const button = await ui.confirm(
    `Cancel ${what} of ${job.name}?`,
    `Tasks: ${formatTaskCounts(tasks)}. ${loss}`,
    canChoose ? [all, waiting] : [all],
    running > 0 ? 'Keep Running' : 'Keep Queued',
  );
  if (button === all) return 'all';
  return button === waiting ? 'queued' : undefined;
}
