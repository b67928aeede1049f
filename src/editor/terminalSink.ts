import type { LogSink } from '../core/logs/logSink.js';
import { stripCodes } from '../lib/terminalCodes.js';
import { TextWithLastLine } from './textWithLastLine.js';

/** Maximum length of a last line that is redrawn, in characters; longer ones are only appended to. */
const maxLastLineChars = 8_192;

const redrawMs = 100;

/** Clears a terminal with its scrollback, and resets colors. */
const clearSequence = '\u001b[0m\u001b[2J\u001b[3J\u001b[H';

/**
 * Shows a log in a terminal.
 *
 * @param columns - Returns its current width, to compute the rows of the last line.
 */
export function createTerminalSink(write: (text: string) => void, columns: () => number): LogSink {
  /** The last line. */
  let last = new TextWithLastLine();
  const draw = (text: string, before = ''): void => {
    const begin = text.lastIndexOf('\n') + 1;
    if (begin > 0) last = new TextWithLastLine();
    // Only the length of an overlong line is kept.
    if (last.length <= maxLastLineChars) last.append(text.slice(begin));
    write(before + text.replaceAll('\n', '\r\n'));
  };
  return {
    append: (text) => {
      draw(text);
    },
    replaceAll: (text) => {
      last = new TextWithLastLine();
      draw(text, clearSequence);
    },
    redraw: {
      everyMs: () => (last.length <= maxLastLineChars ? redrawMs : undefined),
      replaceEnd: (chars, text) => {
        const rows = Math.floor(Math.max(0, getTextWidth(last.text) - 1) / Math.max(1, columns()));
        const kept = last.text.slice(0, Math.max(0, last.length - chars));
        last = new TextWithLastLine();
        draw(kept + text, `${rows > 0 ? `\u001b[${String(rows)}A` : ''}\r\u001b[0m\u001b[J`);
      },
    },
  };
}

/** Characters that are two columns wide: East Asian scripts and emoji. */
const wideCharacterPattern =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Width of a text in columns. */
function getTextWidth(text: string): number {
  let width = 0;
  for (const character of stripCodes(text))
    width += /\p{M}/u.test(character) ? 0 : wideCharacterPattern.test(character) ? 2 : 1;
  return width;
}
