import { noticeOf } from '../core/presentation/notice.js';
import { isAbort, JobError, type Problem } from '../core/domain/problem.js';
import { shownName } from './heldBack.js';

/** What became of the files of a download. */
export interface DownloadResult {
  /** Names of those that were written. */
  readonly written: string[];
  /** Names of those that were there already. */
  readonly skipped: string[];
  /** Names of those that are not written here, by their names. */
  readonly left: string[];
  readonly failed: { readonly name: string; readonly why: string }[];
  /** Why nothing more was tried. */
  stopped?: string;
}

/** Problems of a single file, after which the next one may well arrive. */
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
 * Notes why a file was not written.
 *
 * @returns True: the next file can be tried.
 * @throws what it is given where nothing was written before, or the user ended it.
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

/** How many names are said in a message. */
const maxNames = 3;

/** What became of all files, as sentences. */
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

/** What was left out, as a sentence. */
export const leftText = (left: readonly string[]): string =>
  `Skipped because of their names: ${named(left)}.`;

/** Some names on one line. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(shownName).join(', ');
  return names.length > maxNames ? `${shown} and ${String(names.length - maxNames)} more` : shown;
}
