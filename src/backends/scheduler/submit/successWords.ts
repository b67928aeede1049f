import { printable } from '../../../lib/printable.js';

/** The most of what a site says that is shown, in characters and lines. */
const maxCharacters = 2_000;
const maxLines = 20;

/**
 * What a command said besides a job's number: a site's notice to its users. Empty: nothing.
 *
 * @param prefix - What its lines begin with, such as the program's name; it is left out.
 */
export function successWords(errors: string, prefix: RegExp): string {
  const lines = errors
    .split('\n')
    .map((line) => printable(line.replace(prefix, '').trim()))
    .filter((line) => line !== '');
  const text = lines.slice(0, maxLines).join(' · ');
  const isCut = lines.length > maxLines || text.length > maxCharacters;
  return isCut ? `${text.slice(0, maxCharacters)}…` : text;
}
