import { formatDuration } from '../core/presentation/formatting.js';
import type { StoredFailure } from '../core/domain/jobMetadata.js';
import { getRunTimeMs, type Job } from '../core/domain/job.js';
import { readAllPages } from '../core/domain/paging.js';
import { formatFailureMessage } from '../core/presentation/failureText.js';
import { formatTaskCounts } from '../core/presentation/statusText.js';
import { assertNever } from '../lib/assertNever.js';
import type { CommandDeps } from './commandDeps.js';
import { readTimeoutMs } from './logTails.js';
import { getRowId, type JobTarget } from './resolveTargets.js';
import { showResults } from './showJob.js';
import { showLog } from './showLog.js';

/** The dependencies of notifications of finished jobs. */
export type EndMessageDeps = Pick<
  CommandDeps,
  'ui' | 'desk' | 'jobs' | 'logs' | 'tree' | 'disk' | 'clock' | 'choices'
>;

/** Notifies of several finished jobs with their number, or of those that finished during an absence. */
export async function showEndSummary(
  ended: readonly JobTarget[],
  whileAway: boolean,
  ports: EndMessageDeps,
): Promise<void> {
  const { ui, tree } = ports;
  const count = (outcome: string): number =>
    ended.filter(({ job: { state } }) => state.kind === 'ended' && state.outcome === outcome).length;
  const parts = [
    [count('completed'), 'completed'] as const,
    [count('failed'), 'failed'] as const,
    [count('stopped'), 'cancelled'] as const,
  ].filter(([number]) => number > 0);
  const words = parts.map(([number, word]) => `${String(number)} ${word}`).join(', ');
  const text = whileAway ? `While you were away: ${words}.` : `Jobs finished: ${words}.`;
  const show = 'Show';
  const weight = count('failed') > 0 ? 'warning' : 'info';
  if ((await ui.showMessage(weight, text, [show])) !== show) return;
  const first =
    ended.find(({ job: { state } }) => state.kind === 'ended' && state.outcome === 'failed') ?? ended[0];
  if (first) await tree.select(first);
}

/** Notifies of one finished job. */
export async function showJobEnd(
  target: JobTarget,
  findReason: (target: JobTarget) => Promise<StoredFailure | undefined>,
  ports: EndMessageDeps,
): Promise<void> {
  const { ui, logs, desk, tree } = ports;
  const { job } = target;
  const { state } = job;
  if (state.kind !== 'ended') return;
  const failure = await findReason(target);
  const place = failure?.file === undefined ? undefined : await desk.findWorkspaceFile(failure.file);
  const log = 'Show Log';
  const results = 'Results';
  const goToLine = 'Go to Line';
  const hasFiles = state.outcome === 'completed' && (await hasResultFiles(target));
  const buttons = [
    log,
    ...(job.results !== undefined || hasFiles ? [results] : []),
    ...(place !== undefined && failure?.line !== undefined ? [goToLine] : []),
  ];
  const weight = state.outcome === 'failed' ? 'error' : 'info';
  const answer = await ui.showMessage(weight, formatJobEnd(job, failure, ports), buttons);
  if (answer === log) await (job.tasks ? showLog([getRowId(target)], ports) : logs.show(target));
  if (answer === goToLine && place !== undefined) await ui.openFile(place, failure?.line);
  if (answer === results) {
    if (job.results === undefined) await tree.select(target);
    else await showResults([getRowId(target)], ports);
  }
}

/** `fit.jl completed in 4 min 10 s.` · `train.py failed after 12 s: KeyError: 'lr' (train.py:41).` */
function formatJobEnd(job: Job, failure: StoredFailure | undefined, { clock }: EndMessageDeps): string {
  const ran = getRunTimeMs(job, clock.now());
  const time = ran === undefined ? undefined : formatDuration(ran);
  const { name, state } = job;
  if (state.kind !== 'ended') return name;
  switch (state.outcome) {
    case 'completed':
      return time ? `${name} completed in ${time}.` : `${name} completed.`;
    case 'stopped':
      return time ? `${name} was cancelled after ${time}.` : `${name} was cancelled.`;
    case 'failed': {
      const why = job.tasks ? formatTaskCounts(job.tasks) : formatFailureMessage(job, failure);
      const what = time ? `${name} failed after ${time}` : `${name} failed`;
      return why ? `${what}: ${why}.` : `${what}.`;
    }
    default:
      return assertNever(state.outcome);
  }
}

async function hasResultFiles({ backend, job }: JobTarget): Promise<boolean> {
  const list = backend.files?.list;
  const files = list
    ? await readAllPages(
        (page, signal) => list(job.id, page, signal),
        AbortSignal.timeout(readTimeoutMs),
      ).catch(() => job.files)
    : job.files;
  return files.some(({ kind }) => kind === 'result');
}
