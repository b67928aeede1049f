import { countText } from '../presentation/duration.js';
import { ourLine } from './logText.js';

/** The longest text that is shown in an editor, in characters; VS Code itself gives up at ten times as many. */
export const maxShownText = 5_000_000;

/** The beginning of a text, and a line of ours that says how much of it is left out; a short one as it is. */
export function boundText(text: string, max = maxShownText): string {
  if (text.length <= max) return text;
  const lineEnd = text.lastIndexOf('\n', max - 1);
  // At the end of a line where one is near; a character stays whole.
  const near = lineEnd > max * 0.9 ? lineEnd : max;
  const end = /[\ud800-\udbff]/.test(text.charAt(near - 1)) ? near - 1 : near;
  const note = `${countText(text.length - end)} more characters omitted`;
  return `${text.slice(0, end)}\n${ourLine(note)}\n`;
}
