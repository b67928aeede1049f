import { createNotice } from '../core/presentation/notice.js';
import { isAbort, JobError, type JobProblem } from '../core/domain/problem.js';
import { toDisplayName } from './withheldFiles.js';

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
const singleFileProblems: readonly JobProblem['kind'][] = [
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
export function recordDownloadFailure(error: unknown, name: string, result: DownloadResult): boolean {
  if (isAbort(error) || !(error instanceof JobError)) throw error;
  const why = createNotice(error.problem).text;
  if (singleFileProblems.includes(error.problem.kind)) {
    result.failed.push({ name, why });
    return true;
  }
  if (result.written.length === 0) throw error;
  result.stopped = why;
  return false;
}

/** Maximum number of names in a message. */
const maxShownNames = 3;

/** The results as sentences. */
export function formatDownloadResult(
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
    ...(left.length > 0 ? [formatSkippedNames(left)] : []),
    ...(first ? [`Failed: ${formatNames(names)}. ${first.why}`] : []),
  ].join(' ');
}

/** A sentence about the withheld files. */
export const formatSkippedNames = (left: readonly string[]): string =>
  `Skipped because of their names: ${formatNames(left)}.`;

/** Names on one line, shortened to {@link maxShownNames}. */
function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, maxShownNames).map(toDisplayName).join(', ');
  return names.length > maxShownNames ? `${shown} and ${String(names.length - maxShownNames)} more` : shown;
}
