import { basename } from 'node:path/posix';
import {
  toJobId,
  isActive,
  type Job,
  type JobState,
  type JobResource,
  type TaskCounts,
} from '../../../core/domain/job.js';
import type { ViewDialect } from '../dialect.js';
import { dayMs } from '../../../lib/time.js';
import { formatDependency, formatExit, formatStart } from './jobText.js';
import { unknownNativeState, type SchedulerJob } from './schedulerJob.js';

/** Context for presenting jobs. */
export interface JobViewContext {
  readonly view: ViewDialect;
  readonly now: Date;
  /** The name of a listed job; undefined: not listed. */
  readonly findName?: (id: string) => string | undefined;
}

/** A limit of exactly one year is what Slurm reports for a job without one. Source: observed. */
const noLimitMs = 365 * dayMs;

/** A job or one task of an array, as the UI shows it. */
export function toJob(seen: SchedulerJob, telling: JobViewContext): Job {
  const { id, base, index, name, start, end, submitted, limit, workDir, command, row } = seen;
  const state = toDisplayState(seen);
  const isQueued = state.kind === 'queued';
  const limitMs = typeof limit === 'number' && limit !== noLimitMs ? limit : undefined;
  const reason = toReason(seen, state, telling);
  const parent = index === undefined ? undefined : base;
  const hasStarted = hasJobStarted(seen, state) && !seen.isUnstarted;
  const exit = telling.view.toExit
    ? telling.view.toExit(seen, hasStarted)
    : hasStarted
      ? seen.exit
      : undefined;
  return {
    id: toJobId(id),
    name: name === '' ? id : name,
    state,
    resources: listResources(seen, telling),
    inputs: {},
    files: [],
    raw: { ...row, workDir },
    ...(seen.tasks === undefined ? {} : { tasks: countTasks([{ state, count: seen.tasks }]) }),
    ...(reason === undefined ? {} : { reason }),
    ...(parent === undefined ? {} : { parent: toJobId(String(parent)) }),
    ...(submitted ? { submitted } : {}),
    // The start of a queued job is an estimate and is part of its reason.
    ...(start && !isQueued && hasJobStarted(seen, state) ? { started: start } : {}),
    ...(end && state.kind === 'ended' ? { ended: end } : {}),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(command === undefined ? {} : { command, script: basename(command.split(' ')[0] ?? '') }),
    ...(exit ? { exit } : {}),
    ...(isQueued && telling.view.isHeld?.(seen) ? { isHeld: true } : {}),
    ...(telling.view.canRequeue && seen.isQueued && !isQueued ? { mayRequeue: true } : {}),
  };
}

function toDisplayState(seen: SchedulerJob): JobState {
  if (seen.isUnstarted) return { kind: 'ended', word: seen.state.word, outcome: 'failed' };
  return seen.state.word === unknownNativeState ? toUnknownState() : seen.state;
}

const toUnknownState = (): JobState => ({
  kind: 'ended',
  word: 'unknown',
  outcome: 'stopped',
});

/**
 * A job that ended while queued also has a start (the time of its end) or none, but never had a node. In a history
 * without nodes, a job with a duration has started.
 */
const hasJobStarted = ({ nodeList, start, end }: SchedulerJob, state: JobState): boolean =>
  state.kind !== 'ended' ||
  nodeList !== undefined ||
  (start !== undefined && end !== undefined && start < end);

function toReason(
  seen: SchedulerJob,
  state: JobState,
  { view, now, findName }: JobViewContext,
): string | undefined {
  if (state.kind === 'queued')
    return view.toWaitingText
      ? view.toWaitingText(seen, now, formatDependency(seen.dependency, findName))
      : formatSchedulerReason(seen, now);
  if (state.kind !== 'ended') return view.toActiveText?.(state.word);
  if (seen.isUnstarted)
    return 'the script never started: the login profile or the setup commands ended the job';
  if (seen.state.word === unknownNativeState) return 'exit status unknown';
  const hasStarted = hasJobStarted(seen, state);
  if (view.toEndText) return view.toEndText(seen, hasStarted);
  return hasStarted ? formatExit(seen.exit) : undefined;
}

/** The scheduler's own reason, and when the job may start. */
function formatSchedulerReason({ reason, reasonDetail, start }: SchedulerJob, now: Date): string | undefined {
  const parts = [reasonDetail ?? reason, formatStart({ start, now })];
  const told = parts.filter((part) => part !== undefined && part !== '');
  return told.length > 0 ? told.join(', ') : undefined;
}

function listResources(seen: SchedulerJob, { view }: JobViewContext): readonly JobResource[] {
  const { partition, nodes, cpus, memory, gres, nodeList, account, qos, dependency, workDir, own } = seen;
  const all: readonly (readonly [string, string | number | undefined])[] = [
    [view.queueLabel, partition],
    ['Nodes', nodeList ?? nodes],
    ['CPUs', cpus],
    ['Memory', memory === undefined || /^0[KMGT]?$/.test(memory) ? undefined : memory],
    ['GPUs/GRES', gres],
    ['Account', account],
    ['QOS', qos],
    ['Dependencies', dependency],
    ['Folder', workDir],
    ['Slurm job ID', seen.index === undefined ? undefined : own],
  ];
  return all.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [{ label, value: String(value) }],
  );
}

/** Where a job runs or ran: `n1, partition debug`; undefined if its nodes are unknown. */
export function formatPlace({ started, resources }: Job, queueLabel: string): string | undefined {
  const find = (label: string): string | undefined => resources.find((one) => one.label === label)?.value;
  const nodes = find('Nodes');
  // Without a list of nodes, it is their number.
  if (!started || nodes === undefined || /^\d+$/.test(nodes)) return undefined;
  const queue = find(queueLabel);
  return queue === undefined ? nodes : `${nodes}, ${queueLabel.toLowerCase()} ${queue}`;
}

/** Jobs and tasks in the order of the list: newest first, arrays that have their own row before their tasks. */
export function groupArrays(all: readonly Job[]): readonly Job[] {
  const single: Job[] = [];
  const arrays = new Map<string, Job[]>();
  for (const job of all) {
    if (job.parent === undefined) single.push(job);
    else {
      const tasks = arrays.get(job.parent);
      if (tasks) tasks.push(job);
      else arrays.set(job.parent, [job]);
    }
  }
  const groups = [
    ...single.map((job) => [job]),
    ...[...arrays].map(([base, tasks]) => toArrayRows(base, tasks)),
  ];
  return groups.sort(compareNewestFirst).flat();
}

const compareNewestFirst = ([a]: readonly Job[], [b]: readonly Job[]): number =>
  (b?.submitted?.getTime() ?? 0) - (a?.submitted?.getTime() ?? 0) || toJobNumber(b) - toJobNumber(a);

const toJobNumber = (job: Job | undefined): number => Number.parseInt(job?.id ?? '0', 10);

/** The row of an array, followed by the rows of its tasks by index. */
function toArrayRows(base: string, tasks: readonly Job[]): readonly Job[] {
  const counts = countTasks(
    tasks.map(({ state, tasks: many }) => ({ state, count: many ? sumTaskCounts(many) : 1 })),
  );
  const inOrder = [...tasks].sort((a, b) => getTaskIndex(a) - getTaskIndex(b));
  const [first] = inOrder;
  if (!first) return [];
  const started = findEarliest(tasks.map((task) => task.started));
  const ended = tasks.some(isActive) ? undefined : findLatest(tasks.map((task) => task.ended));
  const waiting = tasks.filter(({ state }) => state.kind === 'queued');
  const reason = counts.running === 0 ? waiting[0]?.reason : undefined;
  const isHeld = waiting.length > 0 && waiting.every((task) => task.isHeld);
  const own: Job = {
    id: toJobId(base),
    name: first.name,
    state: toArrayState(counts),
    tasks: counts,
    resources: listSharedResources(tasks),
    inputs: {},
    files: [],
    raw: { array: base, tasks: counts },
    ...(reason === undefined ? {} : { reason }),
    ...(first.submitted ? { submitted: first.submitted } : {}),
    ...(started ? { started } : {}),
    ...(ended ? { ended } : {}),
    ...(first.limitMs === undefined ? {} : { limitMs: first.limitMs }),
    ...(first.command === undefined ? {} : { command: first.command }),
    ...(first.script === undefined ? {} : { script: first.script }),
    ...(isHeld ? { isHeld: true } : {}),
  };
  return [own, ...inOrder];
}

function countTasks(tasks: readonly { readonly state: JobState; readonly count: number }[]): TaskCounts {
  const counts = { queued: 0, running: 0, completed: 0, failed: 0, stopped: 0 };
  for (const { state, count } of tasks) {
    if (state.kind === 'ended') counts[state.outcome] += count;
    else if (state.kind === 'queued') counts.queued += count;
    else counts.running += count;
  }
  return counts;
}

const sumTaskCounts = ({ queued, running, completed, failed, stopped }: TaskCounts): number =>
  queued + running + completed + failed + stopped;

/** The properties that all tasks share. */
function listSharedResources(tasks: readonly Job[]): readonly JobResource[] {
  const [first, ...others] = tasks;
  return (first?.resources ?? []).filter(({ label, value }) =>
    others.every((task) => task.resources.some((one) => one.label === label && one.value === value)),
  );
}

function toArrayState({ queued, running, failed, stopped }: TaskCounts): JobState {
  if (running > 0) return { kind: 'running', word: 'RUNNING' };
  if (queued > 0) return { kind: 'queued', word: 'PENDING' };
  const outcome = failed > 0 ? 'failed' : stopped > 0 ? 'stopped' : 'completed';
  return { kind: 'ended', word: outcome.toUpperCase(), outcome };
}

/** The first index, for tasks that share a row. */
const getTaskIndex = ({ id }: Job): number =>
  Number.parseInt(id.slice(id.indexOf('_') + 1).replace('[', ''), 10);

const findEarliest = (dates: readonly (Date | undefined)[]): Date | undefined =>
  findExtreme(dates, (a, b) => a < b);
const findLatest = (dates: readonly (Date | undefined)[]): Date | undefined =>
  findExtreme(dates, (a, b) => a > b);

function findExtreme(
  dates: readonly (Date | undefined)[],
  isBetter: (a: Date, b: Date) => boolean,
): Date | undefined {
  let best: Date | undefined;
  for (const date of dates) if (date && (!best || isBetter(date, best))) best = date;
  return best;
}
