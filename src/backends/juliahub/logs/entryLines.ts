import { createLineSplitter } from '../../../core/logs/lineSplitter.js';
import type { LogText } from '../../../core/domain/log.js';
import type { LogEntry } from './parsePage.js';

/** A line of an entry, or a part of a line that is too long to be returned whole. */
export type EntryLine = Omit<LogText, 'next'>;

/** A line up to this number of characters is never split: its bytes fit the line splitter. */
const maxUncutChars = 16_384;

/**
 * Splits an entry's message into at least one line; the result is always the same for an entry. The first
 * line has the level, the last one the fields.
 */
export function toEntryLines({ message, ms, level, fields }: LogEntry): readonly EntryLine[] {
  const at = ms === undefined ? undefined : new Date(ms);
  const texts = isOneLine(message) ? [{ text: message }] : splitMessage(message);
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

const isOneLine = (message: string): boolean => message.length <= maxUncutChars && !/[\r\n]/.test(message);

function splitMessage(message: string): readonly { readonly text: string; readonly open?: true }[] {
  const splitter = createLineSplitter();
  const bytes = new TextEncoder().encode(/\n$/.test(message) ? message : `${message}\n`);
  return splitter.push(bytes);
}
