import { JobError } from '../../core/problem.js';

/** How much of what a server says in its own words is shown, in characters. */
const wordsMost = 300;

/** Statuses by which the server, or what stands before it, says that it cannot answer now. */
const passing = new Set([429, 502, 503, 504]);

/** What an answer consists of, as far as a failure is told by it. */
export interface Failed {
  readonly status: number;
  readonly text: string;
}

/** The beginning of what a server said, for a message. */
export const shown = (text: string): string => text.trim().slice(0, wordsMost);

/** What a server answered, as the cause of a {@link JobError}. */
export const saidBy = ({ status, text }: Failed): Error => new Error(`status ${status}: ${shown(text)}`);

/**
 * What an answer means that is no success, where its status means nothing in particular: `offline` for one that passes,
 * else `refused` with the server's own words. Source: reference juliahub.md, 9.1 (bodies are text or JSON; show them).
 */
export function failedAnswer(answer: Failed, place: string): JobError {
  const { status, text } = answer;
  const cause = saidBy(answer);
  if (passing.has(status))
    return new JobError({ kind: 'offline', place, why: `it answered with status ${status}` }, { cause });
  // A page for a browser says nothing to anybody here.
  const words = /^\s*</.test(text) ? '' : shown(text);
  return new JobError({ kind: 'refused', place, words: `${words} (status ${status})`.trim() }, { cause });
}
