import type { Clock } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { backoffMs } from '../lib/time.js';
import { Unanswered } from './reasons.js';

/** How often a read is tried in all. Source: docs/protocols/juliahub.md, 9.2 (up to four more; ours are patient besides). */
const mostTries = 4;

/** The wait after the first failure, which is doubled each time, in milliseconds. */
const firstPauseMs = 500;

/** A server that asks for more patience than this is not waited for, in milliseconds. */
const longestPauseMs = 60_000;

/** Statuses that pass by themselves. */
const passing = new Set([429, 502, 503, 504]);

/** As much of an answer as decides on another try. */
interface Tried {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What trying needs. */
export interface Trying {
  readonly clock: Clock;
  /** No try begins after this, in milliseconds since 1970. */
  readonly untilMs: number;
}

/**
 * Asks up to four times while connections fail or statuses pass, and after a silence once more at most. What came last
 * counts; `drop` gets each answer that does not.
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

/** Milliseconds that a server asks to wait, told in seconds or as a date. Source: RFC 9110, 10.2.3. */
function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
