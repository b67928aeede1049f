import type { Job, JobState } from './job.js';

const isEqualTime = (a: Date | undefined, b: Date | undefined): boolean => a?.getTime() === b?.getTime();

const isEqualState = (a: JobState, b: JobState): boolean =>
  a.kind === b.kind &&
  a.word === b.word &&
  (a.kind !== 'ended' || b.kind !== 'ended' || a.outcome === b.outcome);

/**
 * True if the jobs look the same everywhere in the user interface. Raw records are ignored: engines put
 * counters and clocks there.
 */
export function isEqualJob(a: Job, b: Job): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    isEqualState(a.state, b.state) &&
    a.reason === b.reason &&
    a.parent === b.parent &&
    a.hasChildren === b.hasChildren &&
    isEqualData(a.tasks, b.tasks) &&
    a.isHeld === b.isHeld &&
    a.mayRequeue === b.mayRequeue &&
    isEqualTime(a.submitted, b.submitted) &&
    isEqualTime(a.started, b.started) &&
    isEqualTime(a.ended, b.ended) &&
    a.limitMs === b.limitMs &&
    a.isLimited === b.isLimited &&
    a.folder === b.folder &&
    a.script === b.script &&
    a.command === b.command &&
    a.results === b.results &&
    a.endpoint === b.endpoint &&
    a.page === b.page &&
    a.cost === b.cost &&
    a.exit?.code === b.exit?.code &&
    a.exit?.signal === b.exit?.signal &&
    isEqualData(a.resources, b.resources) &&
    isEqualData(a.inputs, b.inputs) &&
    isEqualData(a.files, b.files)
  );
}

/**
 * Compares plain data deeply, regardless of the order of members. Much faster than comparing JSON texts or
 * key lists, which matters because every poll compares every job.
 */
function isEqualData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && isEqualList(a, b);
  if (!isObject(a) || !isObject(b) || Array.isArray(b)) return false;
  let more = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !isEqualData(a[key], b[key])) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}

function isEqualList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => isEqualData(value, b[index]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
