import { basename } from 'node:path/posix';
import {
  asJobId,
  isActive,
  type Job,
  type JobState,
  type Resource,
  type TaskCounts,
} from '../../../core/domain/job.js';
import type { ViewDialect } from '../dialect.js';
import { toExitText, toStartText } from './jobWords.js';
import { forgotten, type Seen } from './seen.js';

/** What is needed to tell of jobs. */
export interface Telling {
  readonly view: ViewDialect;
  readonly now: Date;
}

/** A job, or one task of an array, as users see it. */
export function toJob(seen: Seen, telling: Telling): Job {
  const { id, base, index, name, start, end, submitted, limit, workDir, command, row } = seen;
  const state = stateFor(seen);
  const isQueued = state.kind === 'queued';
  const limitMs = typeof limit === 'number' ? limit : undefined;
  const reason = reasonOf(seen, state, telling);
  const parent = index === undefined ? undefined : base;
  const hasStarted = hasBegun(seen, state) && !seen.isUnstarted;
  const exit = telling.view.toExit
    ? telling.view.toExit(seen, hasStarted)
    : hasStarted
      ? seen.exit
      : undefined;
  return {
    id: asJobId(id),
    name: name === '' ? id : name,
    state,
    resources: resourcesOf(seen, telling),
    inputs: {},
    files: [],
    raw: { ...row, workDir },
    ...(seen.tasks === undefined ? {} : { tasks: countsOf([{ state, count: seen.tasks }]) }),
    ...(reason === undefined ? {} : { reason }),
    ...(parent === undefined ? {} : { parent: asJobId(String(parent)) }),
    ...(submitted ? { submitted } : {}),
    // The start of a job that waits is a guess, and stands in its reason.
    ...(start && !isQueued && hasBegun(seen, state) ? { started: start } : {}),
    ...(end && state.kind === 'ended' ? { ended: end } : {}),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(command === undefined ? {} : { command, script: basename(command.split(' ')[0] ?? '') }),
    ...(exit ? { exit } : {}),
    ...(isQueued && telling.view.isHeld?.(seen) ? { isHeld: true } : {}),
    ...(telling.view.canRequeue && seen.isQueued && !isQueued ? { mayRequeue: true } : {}),
  };
}

function stateFor(seen: Seen): JobState {
  if (seen.isUnstarted) return { kind: 'ended', word: seen.state.word, outcome: 'failed' };
  return seen.state.word === forgotten ? forgottenState() : seen.state;
}

const forgottenState = (): JobState => ({
  kind: 'ended',
  word: 'unknown',
  outcome: 'stopped',
});

/**
 * One that ended in the queue has a start as well, the moment of its end, or none; but it never had a node. In a history
 * that names no nodes, one that took some time has begun.
 */
const hasBegun = ({ nodeList, start, end }: Seen, state: JobState): boolean =>
  state.kind !== 'ended' ||
  nodeList !== undefined ||
  (start !== undefined && end !== undefined && start < end);

function reasonOf(seen: Seen, state: JobState, { view, now }: Telling): string | undefined {
  if (state.kind === 'queued')
    return view.toWaitingText ? view.toWaitingText(seen, now) : waitingText(seen, now);
  if (state.kind !== 'ended') return view.toActiveText?.(state.word);
  if (seen.isUnstarted)
    return 'the script never started: the login profile or the setup commands ended the job';
  if (seen.state.word === forgotten) return 'exit status unknown';
  const hasStarted = hasBegun(seen, state);
  if (view.toEndText) return view.toEndText(seen, hasStarted);
  return hasStarted ? toExitText(seen.exit) : undefined;
}

/** The scheduler's own reason, and when the job may start. */
function waitingText({ reason, reasonDetail, start }: Seen, now: Date): string | undefined {
  const parts = [reasonDetail ?? reason, toStartText({ start, now })];
  const told = parts.filter((part) => part !== undefined && part !== '');
  return told.length > 0 ? told.join(', ') : undefined;
}

function resourcesOf(seen: Seen, { view }: Telling): readonly Resource[] {
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

/** Jobs and tasks in the order of the list: arrays with a row of their own before their tasks; the newest first. */
export function arranged(all: readonly Job[]): readonly Job[] {
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
  const groups = [...single.map((job) => [job]), ...[...arrays].map(([base, tasks]) => arrayOf(base, tasks))];
  return groups.sort(newestFirst).flat();
}

const newestFirst = ([a]: readonly Job[], [b]: readonly Job[]): number =>
  (b?.submitted?.getTime() ?? 0) - (a?.submitted?.getTime() ?? 0) || numberOf(b) - numberOf(a);

const numberOf = (job: Job | undefined): number => Number.parseInt(job?.id ?? '0', 10);

/** The row of an array, then those of its tasks by their indices. */
function arrayOf(base: string, tasks: readonly Job[]): readonly Job[] {
  const counts = countsOf(
    tasks.map(({ state, tasks: many }) => ({ state, count: many ? totalOf(many) : 1 })),
  );
  const inOrder = [...tasks].sort((a, b) => indexOf(a) - indexOf(b));
  const [first] = inOrder;
  if (!first) return [];
  const started = earliest(tasks.map((task) => task.started));
  const ended = tasks.some(isActive) ? undefined : latest(tasks.map((task) => task.ended));
  const waiting = tasks.filter(({ state }) => state.kind === 'queued');
  const reason = counts.running === 0 ? waiting[0]?.reason : undefined;
  const isHeld = waiting.length > 0 && waiting.every((task) => task.isHeld);
  const own: Job = {
    id: asJobId(base),
    name: first.name,
    state: stateOfArray(counts),
    tasks: counts,
    resources: sharedBy(tasks),
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

function countsOf(tasks: readonly { readonly state: JobState; readonly count: number }[]): TaskCounts {
  const counts = { queued: 0, running: 0, completed: 0, failed: 0, stopped: 0 };
  for (const { state, count } of tasks) {
    if (state.kind === 'ended') counts[state.outcome] += count;
    else if (state.kind === 'queued') counts.queued += count;
    else counts.running += count;
  }
  return counts;
}

const totalOf = ({ queued, running, completed, failed, stopped }: TaskCounts): number =>
  queued + running + completed + failed + stopped;

/** What all tasks have alike. */
function sharedBy(tasks: readonly Job[]): readonly Resource[] {
  const [first, ...others] = tasks;
  return (first?.resources ?? []).filter(({ label, value }) =>
    others.every((task) => task.resources.some((one) => one.label === label && one.value === value)),
  );
}

function stateOfArray({ queued, running, failed, stopped }: TaskCounts): JobState {
  if (running > 0) return { kind: 'running', word: 'RUNNING' };
  if (queued > 0) return { kind: 'queued', word: 'PENDING' };
  const outcome = failed > 0 ? 'failed' : stopped > 0 ? 'stopped' : 'completed';
  return { kind: 'ended', word: outcome.toUpperCase(), outcome };
}

/** Of tasks that are told together, of the first of them. */
const indexOf = ({ id }: Job): number => Number.parseInt(id.slice(id.indexOf('_') + 1).replace('[', ''), 10);

const earliest = (dates: readonly (Date | undefined)[]): Date | undefined => extreme(dates, (a, b) => a < b);
const latest = (dates: readonly (Date | undefined)[]): Date | undefined => extreme(dates, (a, b) => a > b);

function extreme(
  dates: readonly (Date | undefined)[],
  isBetter: (a: Date, b: Date) => boolean,
): Date | undefined {
  let best: Date | undefined;
  for (const date of dates) if (date && (!best || isBetter(date, best))) best = date;
  return best;
}
