import { sanitize } from '../../../lib/sanitize.js';

/** The maximum length of a site's notice, in characters and lines. */
const maxNoticeChars = 2_000;
const maxNoticeLines = 20;

/**
 * The text that a command printed in addition to a job's ID: a site's notice to its users. Empty: none.
 *
 * @param prefix - The start of its lines, such as the program's name, which is removed.
 */
export function parseSiteNotice(errors: string, prefix: RegExp): string {
  const lines = errors
    .split('\n')
    .map((line) => sanitize(line.replace(prefix, '').trim()))
    .filter((line) => line !== '');
  const text = lines.slice(0, maxNoticeLines).join(' · ');
  const isCut = lines.length > maxNoticeLines || text.length > maxNoticeChars;
  return isCut ? `${text.slice(0, maxNoticeChars)}…` : text;
}
