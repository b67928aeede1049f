import { printable } from '../../../lib/printable.js';

/** The maximum length of a site's notice, in characters and lines. */
const maxCharacters = 2_000;
const maxLines = 20;

/**
 * The text that a command printed in addition to a job's ID: a site's notice to its users. Empty: none.
 *
 * @param prefix - The start of its lines, such as the program's name, which is removed.
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
