import { dayMs } from '../../../lib/time.js';
import type { Exit } from '../../../core/domain/job.js';

/** When a job that waits is expected to start. */
export interface Expected {
  /** Undefined: not known. */
  readonly start?: Date | undefined;
  readonly now: Date;
}

/** Where Slurm cannot tell when a job starts, it may tell a time a year ahead. Source: observed. */
const farMs = 364 * dayMs;

/** When a job may start; undefined: not known, or the moment is over. In this machine's time zone. */
export function toStartText({ start, now }: Expected): string | undefined {
  if (!isAhead(start, now)) return undefined;
  const days = daysBetween(now, start);
  if (days === 0) return `may start at ${clockText(start)}`;
  if (days === 1) return `may start tomorrow ${clockText(start)}`;
  return `may start ${dateText(start)} ${clockText(start)}`;
}

/** A job that was told to wait until a moment. */
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

/** How a script ended: `exit 3`, `signal SIGKILL`; undefined: with success, or it is not known. */
export function toExitText(exit: Exit | undefined): string | undefined {
  if (exit?.signal !== undefined) return `signal ${exit.signal}`;
  return exit?.code === undefined || exit.code === 0 ? undefined : `exit code ${String(exit.code)}`;
}
