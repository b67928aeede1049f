import { oneLine } from '../../lib/printable.js';
import { JobError } from '../../core/domain/problem.js';
import { unreachable } from '../../lib/unreachable.js';
import type { Answer } from '../../http/http.js';
import { redacted } from '../../http/redacted.js';

/** How much of what a server says in its own words is shown, in characters. */
const wordsMost = 300;

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
const wordsOf = (text: string): string => (isWebPage(text) ? '' : shown(text));

/** What a server answered, as the cause of a {@link JobError}. */
export const saidBy = ({ status, text }: Failed): Error => new Error(`status ${status}: ${wordsOf(text)}`);

/** What an answer says of the call, whatever was asked. */
export type AnswerClass =
  /** What was asked for, or a refusal inside of it. */
  | 'success'
  /** The token is not accepted. */
  | 'unauthenticated'
  /** The server, or what stands before it, cannot answer now. */
  | 'serverError'
  /** Too many requests. */
  | 'busy'
  /** A page for a browser, or the way to one: not from the server's interface. */
  | 'webPage'
  | 'refused';

/**
 * Classifies the answer to a call of the server's interface: the one place that decides what a status or a text means.
 *
 * Source: docs/protocols/juliahub.md, 1.7 (500 for a bad token), 9.1, 10.1 (`Invalid authentication`).
 */
export function classifyAnswer({ status, text }: Failed): AnswerClass {
  if (status === 401 || (status >= 400 && saysInvalidToken(text))) return 'unauthenticated';
  if (status >= 500) return 'serverError';
  if (status === 429) return 'busy';
  if ((status >= 300 && status < 400) || isWebPage(text)) return 'webPage';
  return status === 200 ? 'success' : 'refused';
}

/** True: the token is not accepted. Of a success nothing is looked at. */
export const isTokenRefused = (answer: Failed): boolean =>
  answer.status >= 400 && classifyAnswer(answer) === 'unauthenticated';

const isWebPage = (text: string): boolean => /^\s*</.test(text);

/** As the text itself, or as the message inside of JSON. */
const saysInvalidToken = (text: string): boolean =>
  /^[\s{"]{0,20}(?:[a-z_]{1,20}"\s{0,5}:\s{0,5}")?invalid authentication\b/i.test(text.slice(0, 200));

/** Words of a refusal; `say` puts a sentence where there are none. */
export const refusalWords = (message: unknown): string =>
  (typeof message === 'string' ? shown(message) : '') || 'no reason was given';

/** The refusal inside of an answer with status 200, in the server's own words. Source: docs/protocols/juliahub.md, 9.1. */
export const refusal = (message: unknown, place: string): JobError =>
  new JobError({ kind: 'refused', place, words: refusalWords(message) });

/** As much of an answer as decides what it is, without putting together a long text. */
export const beginningOf = ({
  status,
  text,
  pieces,
}: Pick<Answer, 'status' | 'text' | 'pieces'>): Failed => ({
  status,
  text: pieces?.find((piece) => piece.trim() !== '') ?? text,
});

/**
 * What an answer means that is no success, where its status means nothing in particular: `refused` with the server's own
 * words, `offline` where it cannot answer now, `badAnswer` for a page, `signedOut`.
 */
export function failedAnswer(answer: Failed, place: string): JobError {
  const { status } = answer;
  const cause = saidBy(answer);
  const kind = classifyAnswer(answer);
  switch (kind) {
    case 'unauthenticated':
      return new JobError({ kind: 'signedOut', place }, { cause });
    case 'serverError':
      return unable(place, `server error ${String(status)}, try again${inBrackets(answer.text)}`, cause);
    case 'busy':
      return unable(place, `too many requests (status ${String(status)}), try again later`, cause);
    case 'webPage':
      return new JobError(
        { kind: 'badAnswer', place, what: `a web page, status ${String(status)}`, isWebPage: true },
        { cause },
      );
    case 'success':
    case 'refused':
      return refusedBy(answer, place);
    default:
      return unreachable(kind);
  }
}

function inBrackets(text: string): string {
  const words = wordsOf(text);
  return words === '' ? '' : ` (${words})`;
}

/** `refused` with the server's own words, whatever else the status may say. */
export function refusedBy(answer: Failed, place: string): JobError {
  const words = `${wordsOf(answer.text)} (status ${String(answer.status)})`.trim();
  return new JobError({ kind: 'refused', place, words }, { cause: saidBy(answer) });
}

/** True: the server itself says with one of these statuses that there is no such thing. */
export const isMissing = (answer: Failed, statuses: readonly number[]): boolean =>
  statuses.includes(answer.status) && classifyAnswer(answer) === 'refused';

const unable = (place: string, why: string, cause: Error): JobError =>
  new JobError({ kind: 'offline', place, why, hasAnswered: true }, { cause });
