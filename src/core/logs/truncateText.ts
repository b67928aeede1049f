import { formatCount } from '../presentation/formatting.js';
import { formatNote } from './formatLog.js';

/** The maximum number of characters shown in an editor. VS Code's own limit is ten times as large. */
export const maxShownChars = 5_000_000;

/** Truncates a long text and appends a line with the number of omitted characters. */
export function truncateText(text: string, max = maxShownChars): string {
  if (text.length <= max) return text;
  const lineEnd = text.lastIndexOf('\n', max - 1);
  // Cut at the end of a line if one is near, and never within a surrogate pair.
  const near = lineEnd > max * 0.9 ? lineEnd : max;
  const end = /[\ud800-\udbff]/.test(text.charAt(near - 1)) ? near - 1 : near;
  const note = `${formatCount(text.length - end)} more characters omitted`;
  return `${text.slice(0, end)}\n${formatNote(note)}\n`;
}
