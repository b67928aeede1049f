import { oneLine } from '../../core/printable.js';
import { JobError } from '../../core/problem.js';
import { redacted } from '../transport/redacted.js';

/** How much of what a server says in its own words is shown, in characters. */
const wordsMost = 300;

/** Statuses by which the server, or what stands before it, says that it cannot answer now. */
const passing = new Set([429, 502, 503, 504]);

/** What an answer consists of, as far as a failure is told by it. */
export interface Failed {
  readonly status: number;
  readonly text: string;
}

/** So much is looked at to find them: more than any secret has. */
const lookedAtMost = 20_000;

/** The beginning of what a server said, for a message: on one line, printable, without what may be secret in it. */
export const shown = (text: string): string =>
  oneLine(redacted(text.trimStart().slice(0, lookedAtMost)), wordsMost);

/** A page for a browser says nothing to anybody here, and that of a store may repeat the address it was asked by. */
const wordsOf = (text: string): string => (/^\s*</.test(text) ? '' : shown(text));

/** What a server answered, as the cause of a {@link JobError}. */
export const saidBy = ({ status, text }: Failed): Error => new Error(`status ${status}: ${wordsOf(text)}`);

/** `refused` with the server's own words. Source: reference juliahub.md, 9.1 (bodies are text or JSON; show them). */
export function refusedBy(answer: Failed, place: string): JobError {
  const words = `${wordsOf(answer.text)} (status ${answer.status})`.trim();
  return new JobError({ kind: 'refused', place, words }, { cause: saidBy(answer) });
}

/** What an answer means that is no success, where its status means nothing in particular: `offline` for one that passes. */
export function failedAnswer(answer: Failed, place: string): JobError {
  const { status } = answer;
  if (!passing.has(status)) return refusedBy(answer, place);
  const why = `it answered with status ${status}`;
  return new JobError({ kind: 'offline', place, why }, { cause: saidBy(answer) });
}
