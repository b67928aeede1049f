import { dayMs } from '../../../lib/time.js';
import type { ExitStatus } from '../../../core/domain/job.js';

/** The estimated start of a queued job. */
export interface ExpectedStart {
  /** Undefined if unknown. */
  readonly start?: Date | undefined;
  readonly now: Date;
}

/** If Slurm cannot estimate the start of a job, it can report a time a year ahead. Source: observed. */
const unknownStartMs = 364 * dayMs;

/** The estimated start of a job, in this machine's time zone; undefined if unknown or past. */
export function formatStart({ start, now }: ExpectedStart): string | undefined {
  if (!isAhead(start, now)) return undefined;
  const days = countDaysBetween(now, start);
  if (days === 0) return `may start at ${formatClockTime(start)}`;
  if (days === 1) return `may start tomorrow ${formatClockTime(start)}`;
  return `may start ${formatDate(start)} ${formatClockTime(start)}`;
}

/** A job that was submitted with an earliest start. */
export function formatBeginTime({ start, now }: ExpectedStart): string {
  if (!isAhead(start, now)) return 'waiting for its start time';
  const days = countDaysBetween(now, start);
  if (days === 0) return `starts at ${formatClockTime(start)} or later`;
  if (days === 1) return `starts tomorrow ${formatClockTime(start)} or later`;
  return `starts ${formatDate(start)} ${formatClockTime(start)} or later`;
}

const isAhead = (start: Date | undefined, now: Date): start is Date =>
  start !== undefined && start > now && start.getTime() - now.getTime() < unknownStartMs;

const toStartOfDay = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
const countDaysBetween = (from: Date, to: Date): number =>
  Math.round((toStartOfDay(to) - toStartOfDay(from)) / dayMs);
const padTwo = (value: number): string => String(value).padStart(2, '0');
const formatClockTime = (at: Date): string => `${padTwo(at.getHours())}:${padTwo(at.getMinutes())}`;
const formatDate = (at: Date): string =>
  `${at.getFullYear()}-${padTwo(at.getMonth() + 1)}-${padTwo(at.getDate())}`;

/** The number of a job in a list of dependencies: `afterok:7:8_*(unfulfilled),afterany:9`. */
const dependencyPattern = /[:,?](\d{1,10})(?:_(?:\*|\d+))?(?=[(+:,?]|$)/g;

/** The jobs that another one waits for: `waits for long.sh (3) and 2 more`; undefined if none is known. */
export function formatDependency(
  dependency: string | undefined,
  findName: (id: string) => string | undefined = () => undefined,
): string | undefined {
  const ids = [...new Set([...(dependency ?? '').matchAll(dependencyPattern)].map(([, id = '']) => id))];
  const [first] = ids;
  if (first === undefined) return undefined;
  const name = findName(first);
  const more = ids.length > 1 ? ` and ${String(ids.length - 1)} more` : '';
  return name === undefined || name === ''
    ? `waits for job ${first}${more}`
    : `waits for ${name} (${first})${more}`;
}

/** A task that waits because enough tasks of its array are running. */
export const formatThrottle = (throttle: number | undefined): string =>
  throttle === undefined ? 'throttled' : `throttled: ${String(throttle)} at once`;

/** The exit of a script: `exit code 3`, `signal SIGKILL`; undefined for success, or if unknown. */
export function formatExit(exit: ExitStatus | undefined): string | undefined {
  if (exit?.signal !== undefined) return `signal ${exit.signal}`;
  return exit?.code === undefined || exit.code === 0 ? undefined : `exit code ${String(exit.code)}`;
}
