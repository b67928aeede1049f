import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { getBackoffMs } from '../lib/time.js';
import { NoResponseError } from './networkErrors.js';

/** Maximum number of attempts of a read. Source: docs/protocols/juliahub.md, 9.2. */
const maxTries = 4;

/** Wait after the first failure, doubled after each further one, in milliseconds. */
const firstPauseMs = 500;

/** Maximum `Retry-After` that is waited for, in milliseconds. */
const maxPauseMs = 60_000;

/** Temporary statuses. */
const transientStatuses = new Set([429, 502, 503, 504]);

/** The parts of a response that decide on a retry. */
interface RetryableResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a retried request. */
export interface RetryOptions {
  readonly clock: Clock;
  /** No attempt starts after this time, in milliseconds since 1970. */
  readonly untilMs: number;
}

/**
 * Makes up to four attempts while connections fail or statuses are temporary, but at most one more after a
 * timeout. Returns or throws the last result and discards the others.
 */
export async function retry<T extends RetryableResponse>(
  ask: () => Promise<T>,
  drop: (answer: T) => void,
  { clock, untilMs }: RetryOptions,
  signal: AbortSignal,
): Promise<T> {
  let silences = 0;
  for (let attempt = 1; ; attempt++) {
    let pauseMs = getBackoffMs(attempt, firstPauseMs) * (0.75 + Math.random() / 2);
    const isLast = (): boolean => attempt === maxTries || clock.now().getTime() + pauseMs >= untilMs;
    try {
      const answer = await ask();
      if (!transientStatuses.has(answer.status)) return answer;
      pauseMs = parseRetryAfter(answer.headers['retry-after'], clock.now()) ?? pauseMs;
      if (isLast() || pauseMs > maxPauseMs) return answer;
      drop(answer);
    } catch (error) {
      const again = getRetryPolicy(error);
      if (again === 'once') silences++;
      if (again === 'never' || silences > 1 || isLast()) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}

const getRetryPolicy = (error: unknown): NoResponseError['retryPolicy'] =>
  error instanceof JobError && error.cause instanceof NoResponseError ? error.cause.retryPolicy : 'never';

/** The wait in milliseconds that a server requests, in seconds or as a date. Source: RFC 9110, 10.2.3. */
function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
