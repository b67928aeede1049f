import { lineSplitter } from '../../core/logs/lines.js';
import type { LogText } from '../../core/domain/log.js';
import type { Entry } from './logsWire.js';

/** A line of an entry, or a part of a line that is too long to be returned whole. */
export type EntryLine = Omit<LogText, 'next'>;

/** A line up to this number of characters is never split: its bytes fit the line splitter. */
const shortChars = 16_384;

/**
 * Splits an entry's message into at least one line; the result is always the same for an entry. The first
 * line has the level, the last one the fields.
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
