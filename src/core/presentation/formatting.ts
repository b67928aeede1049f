const secondMs = 1000;
const minuteMs = 60 * secondMs;
const msPerHour = 60 * minuteMs;
const msPerDay = 24 * msPerHour;

/** A duration with its two largest units: `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 days`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  // Many engines report whole seconds: 0 means up to one second.
  if (whole === 0) return 'under 1 s';
  if (whole < 100) return `${String(Math.round(whole))} ms`;
  if (whole < 9950) return `${(whole / secondMs).toFixed(1)} s`;
  const seconds = Math.round(whole / secondMs);
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return formatUnitPair(`${String(minutes)} min`, seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return formatUnitPair(`${String(hours)} h`, minutes % 60, 'min');
  const days = Math.floor(hours / 24);
  return formatUnitPair(`${String(days)} days`, days < 10 ? hours % 24 : 0, 'h');
}

const formatUnitPair = (first: string, rest: number, unit: string): string =>
  rest === 0 ? first : `${first} ${String(rest)} ${unit}`;

/** The age of a time: `just now`, `5 min ago`, `yesterday 14:02`, or a date. */
export function formatAge(at: Date, now: Date): string {
  const age = now.getTime() - at.getTime();
  if (age < 10 * secondMs) return 'just now';
  if (age < minuteMs) return `${String(Math.floor(age / secondMs))} s ago`;
  if (age < msPerHour) return `${String(Math.floor(age / minuteMs))} min ago`;
  const clock = `${padTwo(at.getHours())}:${padTwo(at.getMinutes())}`;
  const days = Math.round((getStartOfDay(now) - getStartOfDay(at)) / msPerDay);
  if (days === 0) return `${String(Math.floor(age / msPerHour))} h ago`;
  if (days === 1) return `yesterday ${clock}`;
  return `${String(at.getFullYear())}-${padTwo(at.getMonth() + 1)}-${padTwo(at.getDate())} ${clock}`;
}

const padTwo = (value: number): string => String(value).padStart(2, '0');
/** Midnight before a time, in milliseconds since 1970. */
export const getStartOfDay = (at: Date): number =>
  new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

/** A size in the largest fitting unit, with one decimal from 1 KiB: `412 B`, `3.1 MiB`. */
export function formatBytes(bytes: number): string {
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
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** An ordinal number: `2nd`. */
export function formatOrdinal(place: number): string {
  const tens = place % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${String(place)}${ending}`;
}

const unitMs = new Map<string, number>([
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((name) => [name, secondMs] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((name) => [name, minuteMs] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((name) => [name, msPerHour] as const),
  ...['d', 'day', 'days'].map((name) => [name, msPerDay] as const),
]);

/**
 * Parses a duration into milliseconds: `90 s`, `30 min`, `2 h`, `1h30`, `1:30:00`, `0.5 h`; a bare number is
 * minutes. Undefined if it is invalid, not above zero, or over ten years.
 */
export function parseDuration(text: string): number | undefined {
  const ms = parseClockTime(text.trim()) ?? parseTimeUnits(text.trim().toLowerCase());
  return ms !== undefined && ms >= 1 && ms <= 3650 * msPerDay ? Math.round(ms) : undefined;
}

function parseClockTime(text: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,4}):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  return Number(hours) * msPerHour + Number(minutes) * minuteMs + Number(seconds ?? 0) * secondMs;
}

function parseTimeUnits(text: string): number | undefined {
  if (/^\d+([.,]\d+)?$/.test(text)) return Number(text.replace(',', '.')) * minuteMs;
  const part = /(\d{1,9}(?:[.,]\d{1,9})?)\s*([a-z]*)\s*/y;
  let sum = 0;
  let last: number | undefined;
  while (part.lastIndex < text.length) {
    const [, digits, unit] = part.exec(text) ?? [];
    if (digits === undefined || unit === undefined) return undefined;
    const size = unit === '' ? getBareUnitMs(last) : unitMs.get(unit);
    if (size === undefined || (last !== undefined && size >= last)) return undefined;
    sum += Number(digits.replace(',', '.')) * size;
    last = size;
  }
  return sum;
}

/** A bare number after a unit is in the next smaller unit: `1h30`. */
function getBareUnitMs(last: number | undefined): number | undefined {
  if (last === msPerHour) return minuteMs;
  return last === minuteMs ? secondMs : undefined;
}
