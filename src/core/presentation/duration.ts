const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration with its two largest units: `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 days`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, ms);
  // Many engines report whole seconds: 0 means up to one second.
  if (whole === 0) return 'under 1 s';
  if (whole < 100) return `${String(Math.round(whole))} ms`;
  if (whole < 9950) return `${(whole / second).toFixed(1)} s`;
  const seconds = Math.round(whole / second);
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(`${String(minutes)} min`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(`${String(hours)} h`, minutes % 60, 'min');
  const days = Math.floor(hours / 24);
  return pair(`${String(days)} days`, days < 10 ? hours % 24 : 0, 'h');
}

const pair = (first: string, rest: number, unit: string): string =>
  rest === 0 ? first : `${first} ${String(rest)} ${unit}`;

/** The age of a time: `just now`, `5 min ago`, `yesterday 14:02`, or a date. */
export function ageText(at: Date, now: Date): string {
  const age = now.getTime() - at.getTime();
  if (age < 10 * second) return 'just now';
  if (age < minute) return `${String(Math.floor(age / second))} s ago`;
  if (age < hour) return `${String(Math.floor(age / minute))} min ago`;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const days = Math.round((startOfDay(now) - startOfDay(at)) / day);
  if (days === 0) return `${String(Math.floor(age / hour))} h ago`;
  if (days === 1) return `yesterday ${clock}`;
  return `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
const startOfDay = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** A size in the largest fitting unit, with one decimal from 1 KiB: `412 B`, `3.1 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  // 1023.95 would be rounded to 1024.0.
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A count with thousands separators: `1,204`. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** An ordinal number: `2nd`. */
export function ordinalText(place: number): string {
  const tens = place % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${String(place)}${ending}`;
}

const unitMs = new Map<string, number>([
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((name) => [name, second] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((name) => [name, minute] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((name) => [name, hour] as const),
  ...['d', 'day', 'days'].map((name) => [name, day] as const),
]);

/**
 * Parses a duration into milliseconds: `90 s`, `30 min`, `2 h`, `1h30`, `1:30:00`, `0.5 h`; a bare number is
 * minutes. Undefined if it is invalid, not above zero, or over ten years.
 */
export function parseDuration(text: string): number | undefined {
  const ms = clockMs(text.trim()) ?? wordsMs(text.trim().toLowerCase());
  return ms !== undefined && ms >= 1 && ms <= 3650 * day ? Math.round(ms) : undefined;
}

function clockMs(text: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  return Number(hours) * hour + Number(minutes) * minute + Number(seconds ?? 0) * second;
}

function wordsMs(text: string): number | undefined {
  if (/^\d+([.,]\d+)?$/.test(text)) return Number(text.replace(',', '.')) * minute;
  const part = /(\d{1,9}(?:[.,]\d{1,9})?)\s*([a-z]*)\s*/y;
  let sum = 0;
  let last: number | undefined;
  while (part.lastIndex < text.length) {
    const [, digits, unit] = part.exec(text) ?? [];
    if (digits === undefined || unit === undefined) return undefined;
    const size = unit === '' ? bareUnitMs(last) : unitMs.get(unit);
    if (size === undefined || (last !== undefined && size >= last)) return undefined;
    sum += Number(digits.replace(',', '.')) * size;
    last = size;
  }
  return sum;
}

/** A bare number after a unit is in the next smaller unit: `1h30`. */
function bareUnitMs(last: number | undefined): number | undefined {
  if (last === hour) return minute;
  return last === minute ? second : undefined;
}
