import { lineSplitter } from '../../core/logs/lines.js';
import type { LogText } from '../../core/domain/log.js';
import type { Entry } from './logsWire.js';

/** A line of an entry, or a piece of one too long to be handed on whole. */
export type EntryLine = Omit<LogText, 'next'>;

/** A line up to this many characters is never cut: it is at most so many bytes that the splitter takes it whole. */
const shortChars = 16_384;

/**
 * The lines of an entry's message, always the same for the same entry; at least one. The level comes with the first of
 * them, what the logger was called with comes with the last.
 */
export function linesOf({ message, ms, level, fields }: Entry): readonly EntryLine[] {
  const at = ms === undefined ? undefined : new Date(ms);
  const texts = isOneLine(message) ? [{ text: message }] : split(message);
  return texts.map(({ text, open }, index) => ({
    kind: 'line',
    text,
    ...(open ? { open } : {}),
    ...(index > 0 ? { continues: true } : {}),
    ...(at ? { at } : {}),
    ...(level !== undefined && index === 0 ? { level } : {}),
    ...(fields && index === texts.length - 1 ? { fields } : {}),
  }));
}

const isOneLine = (message: string): boolean => message.length <= shortChars && !/[\r\n]/.test(message);

function split(message: string): readonly { readonly text: string; readonly open?: true }[] {
  const splitter = lineSplitter();
  const bytes = new TextEncoder().encode(/\n$/.test(message) ? message : `${message}\n`);
  return splitter.push(bytes);
}
