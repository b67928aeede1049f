const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration in a response, in milliseconds. */
export type TimeSpan = number | 'unlimited';

/**
 * Parses a time in a response: `2026-11-20T14:03:11`, in UTC, which the queries request.
 *
 * @returns undefined if unknown (`N/A`, `Unknown`, `None`, empty) or malformed. Source: docs/protocols/slurm.md, 4.1.
 */
export function parseTime(text: string): Date | undefined {
  const digits = text.trim();
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(digits)) return undefined;
  const time = new Date(`${digits}Z`);
  // Rejects dates such as February 30, which overflow into March, and invalid hours, which result in no date.
  return time.getUTCDate() === Number(digits.slice(8, 10)) ? time : undefined;
}

/** A time as an option of a query that runs in UTC. */
export const formatTime = (time: Date): string => time.toISOString().slice(0, 19);

/**
 * Parses a duration in a response: `2-00:00:00`, `1:02:03`, `9:54`, `UNLIMITED`, `infinite`.
 *
 * @returns undefined if there is none (`NOT_SET`, `INVALID`, `Partition_Limit`, `n/a`, empty) or it is malformed.
 * Source: docs/protocols/slurm.md, 4.1.
 */
export function parseTimeSpan(text: string): TimeSpan | undefined {
  const word = text.trim();
  if (/^(unlimited|infinite)$/i.test(word)) return 'unlimited';
  const parts = /^(?:(\d{1,7})-)?(?:(\d{1,7}):)?(\d{1,4}):(\d\d)$/.exec(word);
  if (!parts) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map(toNumberOrZero);
  return sumMs(days, hours, minutes, seconds);
}

/**
 * Parses a time limit as entered for `--time`: `90` (minutes), `1:30` (a minute and a half), `1:30:00`, `2-0`,
 * `2-0:30`, `2-0:30:00`; `0`, `-1`, `UNLIMITED` and `INFINITE` remove the limit. Slurm rounds up to the minute.
 *
 * @returns undefined if Slurm would reject it. Source: docs/protocols/slurm.md, 8.
 */
export function parseTimeOption(text: string): TimeSpan | undefined {
  const word = text.trim();
  if (/^(unlimited|infinite|-1)$/i.test(word)) return 'unlimited';
  const ms = parseWithDays(word) ?? parseWithoutDays(word);
  return ms === 0 ? 'unlimited' : ms;
}

function parseWithDays(word: string): number | undefined {
  const parts = /^(\d{1,7})-(\d{1,7})(?::(\d{1,7})(?::(\d{1,7}))?)?$/.exec(word);
  if (!parts) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map(toNumberOrZero);
  return sumMs(days, hours, minutes, seconds);
}

function parseWithoutDays(word: string): number | undefined {
  const parts = /^(\d{1,9})(?::(\d{1,9})(?::(\d{1,9}))?)?$/.exec(word);
  if (!parts) return undefined;
  const [first, second, third] = parts.slice(1).map(toNumberOrZero);
  return parts[3] === undefined ? sumMs(0, 0, first, second) : sumMs(0, first, second, third);
}

const toNumberOrZero = (digits: string | undefined): number => Number(digits ?? 0);

const sumMs = (days = 0, hours = 0, minutes = 0, seconds = 0): number =>
  days * day + hours * hour + minutes * minute + seconds * second;

/** A time limit for `--time`: `1-02:30:00`. Rounded up to the minute, as in Slurm; at least one. */
export function formatTimeSpan(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / minute));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  return `${days}-${padTwo(hours)}:${padTwo(minutes % 60)}:00`;
}

const padTwo = (value: number): string => String(value).padStart(2, '0');
