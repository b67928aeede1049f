import { dayMs } from '../../../lib/time.js';
import type { Exit } from '../../../core/domain/job.js';
import type { Say } from '../../../lib/say.js';

/** When a job that waits is expected to start. */
export interface Expected {
  /** Undefined: not known. */
  readonly start?: Date | undefined;
  readonly now: Date;
}

/** Where Slurm cannot tell when a job starts, it may tell a time a year ahead. Source: observed. */
const farMs = 364 * dayMs;

/** When a job may start; undefined: not known, or the moment is over. In this machine's time zone. */
export function toStartText({ start, now }: Expected, say: Say): string | undefined {
  if (!isAhead(start, now)) return undefined;
  const days = daysBetween(now, start);
  if (days === 0) return say('may start at {0}', clockText(start));
  if (days === 1) return say('may start tomorrow {0}', clockText(start));
  return say('may start {0}', `${dateText(start)} ${clockText(start)}`);
}

/** A job that was told to wait until a moment. */
export function toBeginText({ start, now }: Expected, say: Say): string {
  if (!isAhead(start, now)) return say('waits for the time it was set for');
  const days = daysBetween(now, start);
  if (days === 0) return say('starts at {0} or later', clockText(start));
  if (days === 1) return say('starts tomorrow {0} or later', clockText(start));
  return say('starts {0} or later', `${dateText(start)} ${clockText(start)}`);
}

const isAhead = (start: Date | undefined, now: Date): start is Date =>
  start !== undefined && start > now && start.getTime() - now.getTime() < farMs;

const startOfDay = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
const daysBetween = (from: Date, to: Date): number => Math.round((startOfDay(to) - startOfDay(from)) / dayMs);
const two = (value: number): string => String(value).padStart(2, '0');
const clockText = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}`;
const dateText = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** How a script ended: `exit 3`, `signal SIGKILL`; undefined: with success, or it is not known. */
export function toExitText(exit: Exit | undefined, say: Say): string | undefined {
  if (exit?.signal !== undefined) return say('signal {0}', exit.signal);
  return exit?.code === undefined || exit.code === 0 ? undefined : say('exit {0}', exit.code);
}
