import { dayMs } from '../../../lib/time.js';
import type { Exit } from '../../../core/domain/job.js';

/** The estimated start of a queued job. */
export interface Expected {
  /** Undefined if unknown. */
  readonly start?: Date | undefined;
  readonly now: Date;
}

/** If Slurm cannot estimate the start of a job, it can report a time a year ahead. Source: observed. */
const farMs = 364 * dayMs;

/** The estimated start of a job, in this machine's time zone; undefined if unknown or past. */
export function toStartText({ start, now }: Expected): string | undefined {
  if (!isAhead(start, now)) return undefined;
  const days = daysBetween(now, start);
  if (days === 0) return `may start at ${clockText(start)}`;
  if (days === 1) return `may start tomorrow ${clockText(start)}`;
  return `may start ${dateText(start)} ${clockText(start)}`;
}

/** A job that was submitted with an earliest start. */
export function toBeginText({ start, now }: Expected): string {
  if (!isAhead(start, now)) return 'waiting for its start time';
  const days = daysBetween(now, start);
  if (days === 0) return `starts at ${clockText(start)} or later`;
  if (days === 1) return `starts tomorrow ${clockText(start)} or later`;
  return `starts ${dateText(start)} ${clockText(start)} or later`;
}

const isAhead = (start: Date | undefined, now: Date): start is Date =>
  start !== undefined && start > now && start.getTime() - now.getTime() < farMs;

const startOfDay = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
const daysBetween = (from: Date, to: Date): number => Math.round((startOfDay(to) - startOfDay(from)) / dayMs);
const two = (value: number): string => String(value).padStart(2, '0');
const clockText = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}`;
const dateText = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** The exit of a script: `exit code 3`, `signal SIGKILL`; undefined for success, or if unknown. */
export function toExitText(exit: Exit | undefined): string | undefined {
  if (exit?.signal !== undefined) return `signal ${exit.signal}`;
  return exit?.code === undefined || exit.code === 0 ? undefined : `exit code ${String(exit.code)}`;
}
