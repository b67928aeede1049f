import { toOneLine } from '../../lib/sanitize.js';
import { JobError } from '../../core/domain/problem.js';
import { assertNever } from '../../lib/assertNever.js';
import type { HttpResponse } from '../../http/http.js';
import { redact } from '../../http/redact.js';

/** Maximum length of an excerpt of a server's message, in characters. */
const maxMessageChars = 300;

/** The parts of a response that determine the kind of failure. */
export interface FailedResponse {
  readonly status: number;
  readonly text: string;
}

/** Number of characters searched for secrets: more than the length of any secret. */
const maxScannedChars = 20_000;

/** An excerpt of a server's message: one line, printable, without secrets. */
export const formatExcerpt = (text: string): string =>
  toOneLine(redact(text.trimStart().slice(0, maxScannedChars)), maxMessageChars);

/**
 * Empty for an HTML page, which is of no use in a message; the page of an object store can repeat the
 * request's URL.
 */
const getResponseText = (text: string): string => (isWebPage(text) ? '' : formatExcerpt(text));

/** An excerpt of a response, as the cause of a {@link JobError}. */
export const toMessageError = ({ status, text }: FailedResponse): Error =>
  new Error(`status ${status}: ${getResponseText(text)}`);

/** The meaning of a response, independent of the request. */
export type ResponseClass =
  /** The requested content, or a refusal inside it. */
  | 'success'
  /** The server refuses the token. */
  | 'unauthenticated'
  /** The server, or a proxy in front of it, cannot respond now. */
  | 'serverError'
  /** Too many requests. */
  | 'busy'
  /** An HTML page, or a redirect to one: not from the server's API. */
  | 'webPage'
  | 'refused';

/**
 * Classifies the response to an API request. The only place that interprets statuses and texts.
 *
 * Source: docs/protocols/juliahub.md, 1.7 (500 for a bad token), 9.1, 10.1 (`Invalid authentication`).
 */
export function classifyResponse({ status, text }: FailedResponse): ResponseClass {
  if (status === 401 || (status >= 400 && hasInvalidTokenMessage(text))) return 'unauthenticated';
  if (status >= 500) return 'serverError';
  if (status === 429) return 'busy';
  if ((status >= 300 && status < 400) || isWebPage(text)) return 'webPage';
  return status === 200 ? 'success' : 'refused';
}

/** True if the token was refused. Does not inspect the text of a success. */
export const isTokenRefused = (answer: FailedResponse): boolean =>
  answer.status >= 400 && classifyResponse(answer) === 'unauthenticated';

const isWebPage = (text: string): boolean => /^\s*</.test(text);

/** As the text itself, or as the message inside JSON. */
const hasInvalidTokenMessage = (text: string): boolean =>
  /^[\s{"]{0,20}(?:[a-z_]{1,20}"\s{0,5}:\s{0,5}")?invalid authentication\b/i.test(text.slice(0, 200));

/** The words of a refusal, or a default if the server returned none. */
export const formatRefusal = (message: unknown): string =>
  (typeof message === 'string' ? formatExcerpt(message) : '') || 'no reason was given';

/**
 * The error for a refusal inside a response with status 200, in the server's words. Source:
 * docs/protocols/juliahub.md, 9.1.
 */
export const createRefusalError = (message: unknown, place: string): JobError =>
  new JobError({ kind: 'refused', place, words: formatRefusal(message) });

/** The start of a response, enough to classify it without joining a long text. */
export const getResponseHead = ({
  status,
  text,
  pieces,
}: Pick<HttpResponse, 'status' | 'text' | 'pieces'>): FailedResponse => ({
  status,
  text: pieces?.find((piece) => piece.trim() !== '') ?? text,
});

/**
 * The error for a response that is not a success, for requests whose statuses have no special meaning:
 * `refused` in the server's words, `offline` if it cannot respond now, `badAnswer` for an HTML page,
 * `signedOut`.
 */
export function createResponseError(answer: FailedResponse, place: string): JobError {
  const { status } = answer;
  const cause = toMessageError(answer);
  const kind = classifyResponse(answer);
  switch (kind) {
    case 'unauthenticated':
      return new JobError({ kind: 'signedOut', place }, { cause });
    case 'serverError':
      return createUnableError(
        place,
        `server error ${String(status)}, try again${formatInBrackets(answer.text)}`,
        cause,
      );
    case 'busy':
      return createUnableError(place, `too many requests (status ${String(status)}), try again later`, cause);
    case 'webPage':
      return new JobError(
        { kind: 'badAnswer', place, what: `a web page, status ${String(status)}`, isWebPage: true },
        { cause },
      );
    case 'success':
    case 'refused':
      return createServerRefusedError(answer, place);
    default:
      return assertNever(kind);
  }
}

function formatInBrackets(text: string): string {
  const words = getResponseText(text);
  return words === '' ? '' : ` (${words})`;
}

/** `refused` in the server's words, whatever the status. */
export function createServerRefusedError(answer: FailedResponse, place: string): JobError {
  const words = `${getResponseText(answer.text)} (status ${String(answer.status)})`.trim();
  return new JobError({ kind: 'refused', place, words }, { cause: toMessageError(answer) });
}

/** True if the server itself reports with one of these statuses that the object does not exist. */
export const isNotFoundResponse = (answer: FailedResponse, statuses: readonly number[]): boolean =>
  statuses.includes(answer.status) && classifyResponse(answer) === 'refused';

const createUnableError = (place: string, why: string, cause: Error): JobError =>
  new JobError({ kind: 'offline', place, why, hasAnswered: true }, { cause });
