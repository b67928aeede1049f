import type { Job, JobState } from './job.js';

const sameTime = (a: Date | undefined, b: Date | undefined): boolean => a?.getTime() === b?.getTime();

const sameState = (a: JobState, b: JobState): boolean =>
  a.kind === b.kind &&
  a.word === b.word &&
  (a.kind !== 'ended' || b.kind !== 'ended' || a.outcome === b.outcome);

/**
 * True if the jobs look the same everywhere in the user interface. Raw records are ignored: engines put
 * counters and clocks there.
 */
export function sameJob(a: Job, b: Job): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    sameState(a.state, b.state) &&
    a.reason === b.reason &&
    a.parent === b.parent &&
    a.hasChildren === b.hasChildren &&
    sameData(a.tasks, b.tasks) &&
    a.isHeld === b.isHeld &&
    a.mayRequeue === b.mayRequeue &&
    sameTime(a.submitted, b.submitted) &&
    sameTime(a.started, b.started) &&
    sameTime(a.ended, b.ended) &&
    a.limitMs === b.limitMs &&
    a.isLimited === b.isLimited &&
    a.script === b.script &&
    a.command === b.command &&
    a.results === b.results &&
    a.endpoint === b.endpoint &&
    a.page === b.page &&
    a.cost === b.cost &&
    a.exit?.code === b.exit?.code &&
    a.exit?.signal === b.exit?.signal &&
    sameData(a.resources, b.resources) &&
    sameData(a.inputs, b.inputs) &&
    sameData(a.files, b.files)
  );
}

/**
 * Compares plain data deeply, regardless of the order of members. Much faster than comparing JSON texts or
 * key lists, which matters because every poll compares every job.
 */
function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b);
  if (!isObject(a) || !isObject(b) || Array.isArray(b)) return false;
  let more = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !sameData(a[key], b[key])) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => sameData(value, b[index]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
