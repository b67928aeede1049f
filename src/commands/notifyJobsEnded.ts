import { formatDuration } from '../core/presentation/formatting.js';
import type { LogFailure } from '../core/domain/logFailure.js';
import { getRunTimeMs, type Job } from '../core/domain/job.js';
import { formatTaskCounts } from '../core/presentation/statusText.js';
import { showLog } from './showLog.js';
import type { CommandDeps } from './commandDeps.js';
import { getRowId, type JobTarget } from './resolveTargets.js';
import { showResults } from './showJob.js';
import { assertNever } from '../lib/assertNever.js';
import type { LogEvent } from '../core/domain/log.js';
import type { LogBatches } from '../core/domain/logBatches.js';
import { readAllPages } from '../core/domain/paging.js';

type NotifyJobsEndedDeps = Pick<
  CommandDeps,
  | 'ui'
  | 'desk'
  | 'jobs'
  | 'logs'
  | 'tree'
  | 'disk'
  | 'store'
  | 'clock'
  | 'choices'
  | 'strip'
  | 'findFailure'
  | 'log'
>;

/** Maximum number of simultaneously finished jobs with a notification each; more share one. */
const maxSeparateMessages = 3;

/** How much of a log's end is searched for an error, in bytes. */
const maxSearchedBytes = 32_768;

/** Maximum delay of the notification while the log is searched, in milliseconds. */
const searchTimeoutMs = 3_000;

/**
 * Notifies of finished jobs, each in only one window: one by one while the user is active, as a summary after
 * an absence or for many jobs.
 */
export async function notifyJobsEnded(
  ended: readonly JobTarget[],
  whileAway: boolean,
  ports: NotifyJobsEndedDeps,
): Promise<void> {
  const wanted = ended.filter(({ job }) => shouldNotify(job, ports));
  const mine: JobTarget[] = [];
  for (const target of wanted) {
    if (await ports.store.claim(toEndKey(target))) mine.push(target);
  }
  if (mine.length === 0) return;
  if (whileAway || mine.length > maxSeparateMessages) await showEndSummary(mine, whileAway, ports);
  else await Promise.all(mine.map((target) => showJobEnd(target, ports)));
}

/** Unique key of this end: a requeued job has another submission time. */
const toEndKey = (target: JobTarget): string => {
  const submitted = target.job.submitted?.getTime();
  return `ended/${getRowId(target)}${submitted === undefined ? '' : `@${String(submitted)}`}`;
};

function shouldNotify({ state }: Job, { choices }: NotifyJobsEndedDeps): boolean {
  const notify = choices.notify();
  switch (notify) {
    case 'all':
      return true;
    case 'failures':
      return state.kind === 'ended' && state.outcome === 'failed';
    case 'none':
      return false;
    default:
      return assertNever(notify);
  }
}

async function showEndSummary(
  ended: readonly JobTarget[],
  whileAway: boolean,
  ports: NotifyJobsEndedDeps,
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

async function showJobEnd(target: JobTarget, ports: NotifyJobsEndedDeps): Promise<void> {
  const { ui, logs, desk, tree } = ports;
  const { job } = target;
  const { state } = job;
  if (state.kind !== 'ended') return;
  const failure = !job.tasks && state.outcome === 'failed' ? await readFailure(target, ports) : undefined;
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
function formatJobEnd(
  job: Job,
  failure: LogFailure | undefined,
  { ui: {}, clock }: NotifyJobsEndedDeps,
): string {
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
      const why = job.tasks ? formatTaskCounts(job.tasks) : formatFailureReason(job, failure);
      const what = time ? `${name} failed after ${time}` : `${name} failed`;
      return why ? `${what}: ${why}.` : `${what}.`;
    }
    default:
      return assertNever(state.outcome);
  }
}

function formatFailureReason(job: Job, failure: LogFailure | undefined): string | undefined {
  if (!failure) return job.reason;
  const text = failure.text.replace(/\.$/, '');
  if (failure.file === undefined) return text;
  const file = failure.file.split(/[\\/]/).at(-1) ?? failure.file;
  return failure.line === undefined ? `${text} (${file})` : `${text} (${file}:${String(failure.line)})`;
}

/** The error at the end of the log; undefined: no known format, or the log cannot be read in time. */
async function readFailure(
  { backend, job }: JobTarget,
  { log, strip, findFailure }: NotifyJobsEndedDeps,
): Promise<LogFailure | undefined> {
  const lines: string[] = [];
  let open = '';
  try {
    for await (const event of flattenBatches(
      backend.logs?.read(
        job.id,
        { at: 'end', bytes: maxSearchedBytes },
        false,
        AbortSignal.timeout(searchTimeoutMs),
      ),
    )) {
      if (event.kind === 'partial') lines.push(strip(open + event.text));
      if (event.kind !== 'line') continue;
      open = event.open ? (open + event.text).slice(0, maxSearchedBytes) : open;
      if (event.open) continue;
      lines.push(strip(open + event.text));
      open = '';
    }
  } catch (error) {
    log.warn(`could not read why ${job.id} failed: ${String(error)}`);
    return undefined;
  }
  return findFailure(lines);
}

async function* flattenBatches(batches: LogBatches | undefined): AsyncGenerator<LogEvent> {
  if (batches) for await (const batch of batches) yield* batch;
}

async function hasResultFiles({ backend, job }: JobTarget): Promise<boolean> {
  const list = backend.files?.list;
  const files = list
    ? await readAllPages(
        (page, signal) => list(job.id, page, signal),
        AbortSignal.timeout(searchTimeoutMs),
      ).catch(() => job.files)
    : job.files;
  return files.some(({ kind }) => kind === 'result');
}
