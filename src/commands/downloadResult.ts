import { noticeOf } from '../core/presentation/notice.js';
import { isAbort, JobError, type Problem } from '../core/domain/problem.js';
import { shownName } from './heldBack.js';

/** The results of a download. */
export interface DownloadResult {
  /** Names of the files that were written. */
  readonly written: string[];
  /** Names of the files that already existed. */
  readonly skipped: string[];
  /** Names of the files that were withheld because of their names. */
  readonly left: string[];
  readonly failed: { readonly name: string; readonly why: string }[];
  /** Why the download stopped early. */
  stopped?: string;
}

/** Problems of one file, after which the next file may still succeed. */
const ofOneFile: readonly Problem['kind'][] = [
  'gone',
  'damaged',
  'disk',
  'refused',
  'unsafeName',
  'unwritableName',
  'unreadable',
  'badAnswer',
];

/**
 * Records why a file was not written.
 *
 * @returns True: the next file can be tried.
 * @throws `error` if nothing was written before, or if the user cancelled.
 */
export function noteFailure(error: unknown, name: string, result: DownloadResult): boolean {
  if (isAbort(error) || !(error instanceof JobError)) throw error;
  const why = noticeOf(error.problem).text;
  if (ofOneFile.includes(error.problem.kind)) {
    result.failed.push({ name, why });
    return true;
  }
  if (result.written.length === 0) throw error;
  result.stopped = why;
  return false;
}

/** Maximum number of names in a message. */
const maxNames = 3;

/** The results as sentences. */
export function resultText(
  { written, skipped, left, failed, stopped }: DownloadResult,
  { total, job }: { readonly total: number; readonly job: string },
): string {
  if (written.length === total) return `${String(total)} files of ${job} were downloaded.`;
  const [first] = failed;
  const names = failed.map(({ name }) => name);
  return [
    `${String(written.length)} of ${String(total)} files of ${job} were downloaded.`,
    ...(stopped === undefined ? [] : [stopped]),
    ...(skipped.length > 0 ? [`Already existed: ${String(skipped.length)}.`] : []),
    ...(left.length > 0 ? [leftText(left)] : []),
    ...(first ? [`Failed: ${named(names)}. ${first.why}`] : []),
  ].join(' ');
}

/** A sentence about the withheld files. */
export const leftText = (left: readonly string[]): string =>
  `Skipped because of their names: ${named(left)}.`;

/** Names on one line, shortened to {@link maxNames}. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(shownName).join(', ');
  return names.length > maxNames ? `${shown} and ${String(names.length - maxNames)} more` : shown;
}
