import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { backoffMs } from '../lib/time.js';
import { Unanswered } from './reasons.js';

/** Maximum number of attempts of a read. Source: docs/protocols/juliahub.md, 9.2. */
const mostTries = 4;

/** Wait after the first failure, doubled after each further one, in milliseconds. */
const firstPauseMs = 500;

/** Maximum `Retry-After` that is waited for, in milliseconds. */
const longestPauseMs = 60_000;

/** Temporary statuses. */
const passing = new Set([429, 502, 503, 504]);

/** The parts of a response that decide on a retry. */
interface Tried {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a retried request. */
export interface Trying {
  readonly clock: Clock;
  /** No attempt starts after this time, in milliseconds since 1970. */
  readonly untilMs: number;
}

/**
 * Makes up to four attempts while connections fail or statuses are temporary, but at most one more after a
 * timeout. Returns or throws the last result and discards the others.
 */
export async function tried<T extends Tried>(
  ask: () => Promise<T>,
  drop: (answer: T) => void,
  { clock, untilMs }: Trying,
  signal: AbortSignal,
): Promise<T> {
  let silences = 0;
  for (let attempt = 1; ; attempt++) {
    let pauseMs = backoffMs(attempt, firstPauseMs) * (0.75 + Math.random() / 2);
    const isLast = (): boolean => attempt === mostTries || clock.now().getTime() + pauseMs >= untilMs;
    try {
      const answer = await ask();
      if (!passing.has(answer.status)) return answer;
      pauseMs = retryAfterMs(answer.headers['retry-after'], clock.now()) ?? pauseMs;
      if (isLast() || pauseMs > longestPauseMs) return answer;
      drop(answer);
    } catch (error) {
      const again = againAfter(error);
      if (again === 'once') silences++;
      if (again === 'never' || silences > 1 || isLast()) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}

const againAfter = (error: unknown): Unanswered['again'] =>
  error instanceof JobError && error.cause instanceof Unanswered ? error.cause.again : 'never';

/** The wait in milliseconds that a server requests, in seconds or as a date. Source: RFC 9110, 10.2.3. */
function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
