import { durationText } from '../core/presentation/duration.js';
import type { LogFailure } from '../core/domain/logFailure.js';
import { runningMs, type Job } from '../core/domain/job.js';
import { tasksText } from '../core/presentation/state.js';
import { showLog } from './logs.js';
import type { Ports } from './ports.js';
import { rowIdOf, type Target } from './target.js';
import { showResults } from './showJob.js';
import { unreachable } from '../lib/unreachable.js';
import type { LogEvent } from '../core/domain/log.js';
import type { LogBatches } from '../core/domain/logBatches.js';
import { readAllPages } from '../core/domain/paging.js';

type TellDeps = Pick<
  Ports,
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
const mostAlone = 3;

/** How much of a log's end is searched for an error, in bytes. */
const searched = 32_768;

/** Maximum delay of the notification while the log is searched, in milliseconds. */
const searchMs = 3_000;

/**
 * Notifies of finished jobs, each in only one window: one by one while the user is active, as a summary after
 * an absence or for many jobs.
 */
export async function tellEnded(
  ended: readonly Target[],
  whileAway: boolean,
  ports: TellDeps,
): Promise<void> {
  const wanted = ended.filter(({ job }) => isWanted(job, ports));
  const mine: Target[] = [];
  for (const target of wanted) {
    if (await ports.store.claim(endKey(target))) mine.push(target);
  }
  if (mine.length === 0) return;
  if (whileAway || mine.length > mostAlone) await tellTogether(mine, whileAway, ports);
  else await Promise.all(mine.map((target) => tellOne(target, ports)));
}

/** Unique key of this end: a requeued job has another submission time. */
const endKey = (target: Target): string => {
  const submitted = target.job.submitted?.getTime();
  return `ended/${rowIdOf(target)}${submitted === undefined ? '' : `@${String(submitted)}`}`;
};

function isWanted({ state }: Job, { choices }: TellDeps): boolean {
  const notify = choices.notify();
  switch (notify) {
    case 'all':
      return true;
    case 'failures':
      return state.kind === 'ended' && state.outcome === 'failed';
    case 'none':
      return false;
    default:
      return unreachable(notify);
  }
}

async function tellTogether(ended: readonly Target[], whileAway: boolean, ports: TellDeps): Promise<void> {
  const { ui, tree } = ports;
  const count = (outcome: string): number =>
    ended.filter(({ job: { state } }) => state.kind === 'ended' && state.outcome === outcome).length;
  const parts = [
    [count('completed'), 'completed'] as const,
    [count('failed'), 'failed'] as const,
    [count('stopped'), 'stopped'] as const,
  ].filter(([number]) => number > 0);
  const words = parts.map(([number, word]) => `${String(number)} ${word}`).join(', ');
  const text = whileAway ? `While you were away: ${words}.` : `Jobs finished: ${words}.`;
  const show = 'Show';
  const weight = count('failed') > 0 ? 'warning' : 'info';
  if ((await ui.tell(weight, text, [show])) !== show) return;
  const first =
    ended.find(({ job: { state } }) => state.kind === 'ended' && state.outcome === 'failed') ?? ended[0];
  if (first) await tree.select(first);
}

async function tellOne(target: Target, ports: TellDeps): Promise<void> {
  const { ui, logs, desk, tree } = ports;
  const { job } = target;
  const { state } = job;
  if (state.kind !== 'ended') return;
  const failure = !job.tasks && state.outcome === 'failed' ? await reasonOf(target, ports) : undefined;
  const place = failure?.file === undefined ? undefined : await desk.locate(failure.file);
  const log = 'Show Log';
  const results = 'Results';
  const goToLine = 'Go to Line';
  const hasFiles = state.outcome === 'completed' && (await resultFiles(target));
  const buttons = [
    log,
    ...(job.results !== undefined || hasFiles ? [results] : []),
    ...(place !== undefined && failure?.line !== undefined ? [goToLine] : []),
  ];
  const weight = state.outcome === 'failed' ? 'error' : 'info';
  const answer = await ui.tell(weight, endText(job, failure, ports), buttons);
  if (answer === log) await (job.tasks ? showLog([rowIdOf(target)], ports) : logs.show(target));
  if (answer === goToLine && place !== undefined) await ui.openFile(place, failure?.line);
  if (answer === results) {
    if (job.results === undefined) await tree.select(target);
    else await showResults([rowIdOf(target)], ports);
  }
}

/** `fit.jl completed in 4 min 10 s.` · `train.py failed after 12 s: KeyError: 'lr' (train.py:41).` */
function endText(job: Job, failure: LogFailure | undefined, { ui: {}, clock }: TellDeps): string {
  const ran = runningMs(job, clock.now());
  const time = ran === undefined ? undefined : durationText(ran);
  const { name, state } = job;
  if (state.kind !== 'ended') return name;
  switch (state.outcome) {
    case 'completed':
      return time ? `${name} completed in ${time}.` : `${name} completed.`;
    case 'stopped':
      return time ? `${name} was stopped after ${time}.` : `${name} was stopped.`;
    case 'failed': {
      const why = job.tasks ? tasksText(job.tasks) : reasonText(job, failure);
      const what = time ? `${name} failed after ${time}` : `${name} failed`;
      return why ? `${what}: ${why}.` : `${what}.`;
    }
    default:
      return unreachable(state.outcome);
  }
}

function reasonText(job: Job, failure: LogFailure | undefined): string | undefined {
  if (!failure) return job.reason;
  const text = failure.text.replace(/\.$/, '');
  if (failure.file === undefined) return text;
  const file = failure.file.split(/[\\/]/).at(-1) ?? failure.file;
  return failure.line === undefined ? `${text} (${file})` : `${text} (${file}:${String(failure.line)})`;
}

/** The error at the end of the log; undefined: no known format, or the log cannot be read in time. */
async function reasonOf(
  { backend, job }: Target,
  { log, strip, findFailure }: TellDeps,
): Promise<LogFailure | undefined> {
  const lines: string[] = [];
  let open = '';
  try {
    for await (const event of eventsOf(
      backend.logs?.read(job.id, { at: 'end', bytes: searched }, false, AbortSignal.timeout(searchMs)),
    )) {
      if (event.kind === 'partial') lines.push(strip(open + event.text));
      if (event.kind !== 'line') continue;
      open = event.open ? (open + event.text).slice(0, searched) : open;
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

async function* eventsOf(batches: LogBatches | undefined): AsyncGenerator<LogEvent> {
  if (batches) for await (const batch of batches) yield* batch;
}

async function resultFiles({ backend, job }: Target): Promise<boolean> {
  const list = backend.files?.list;
  const files = list
    ? await readAllPages((page, signal) => list(job.id, page, signal), AbortSignal.timeout(searchMs)).catch(
        () => job.files,
      )
    : job.files;
  return files.some(({ kind }) => kind === 'result');
}
