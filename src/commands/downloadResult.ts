import { noticeOf } from '../core/presentation/notice.js';
import { isAbort, JobError, type Problem } from '../core/domain/problem.js';
import type { Say } from '../lib/say.js';
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
export function noteFailure(error: unknown, name: string, result: DownloadResult, say: Say): boolean {
  if (isAbort(error) || !(error instanceof JobError)) throw error;
  const why = noticeOf(error.problem, say).text;
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
  { total, job, say }: { readonly total: number; readonly job: string; readonly say: Say },
): string {
  if (written.length === total) return say('{0} files of {1} were downloaded.', total, job);
  const [first] = failed;
  const names = failed.map(({ name }) => name);
  return [
    say('{0} of {1} files of {2} were downloaded.', written.length, total, job),
    ...(stopped === undefined ? [] : [stopped]),
    ...(skipped.length > 0 ? [say('Already there: {0}.', skipped.length)] : []),
    ...(left.length > 0 ? [leftText(left, say)] : []),
    ...(first ? [say('Failed: {0}. {1}', named(names, say), first.why)] : []),
  ].join(' ');
}

/** What was left out, as a sentence. */
export const leftText = (left: readonly string[], say: Say): string =>
  say('Left out for their names: {0}.', named(left, say));

/** Some names on one line. */
function named(names: readonly string[], say: Say): string {
  const shown = names.slice(0, maxNames).map(shownName).join(', ');
  return names.length > maxNames ? say('{0} and {1} more', shown, names.length - maxNames) : shown;
}
