import { formatBytes, formatCount } from '../presentation/formatting.js';
import type { LogGap, LogText } from '../domain/log.js';
import type { LogBatches } from '../domain/logBatches.js';
import { sanitize } from '../../lib/sanitize.js';
import { CodeFilter, stripCodes } from '../../lib/terminalCodes.js';

/** The start of lines that the extension adds to a log, which distinguishes them from the job's lines. */
export const noteMark = '──';

/** A line that the extension adds to a log: `── waiting in the queue (2nd) ──`. */
export const formatNote = (text: string): string => `${noteMark} ${text} ${noteMark}`;

/** The description of a gap. */
export function formatGap(gap: LogGap): string {
  if (gap.cause === 'skipped' && gap.lines === undefined && gap.bytes === undefined)
    return formatNote('earlier output omitted; use Save Log As… for the full log');
  const amount =
    gap.lines !== undefined
      ? `${formatCount(gap.lines)} lines`
      : gap.bytes !== undefined
        ? formatBytes(gap.bytes)
        : 'some of the log';
  if (gap.cause === 'skipped')
    return formatNote(`${amount} of earlier output omitted; use Save Log As… for the full log`);
  return formatNote(gap.why ? `${amount} not received: ${gap.why}` : `${amount} not received`);
}

/**
 * A line with its level and fields: `warn too large iter=3`.
 *
 * @param text - The text of the line, as shown.
 */
export function formatLogLine({ level, fields }: LogText, text: string): string {
  if (level === undefined && fields === undefined) return text;
  const values = Object.entries(fields ?? {}).map(([name, value]) => stripCodes(` ${name}=${value}`));
  return `${level === undefined ? '' : `${stripCodes(level)} `}${text}${values.join('')}`;
}

/**
 * A log as plain text for a file: each line as the job wrote it but without terminal codes, with its level
 * and fields, and with gaps marked. An unfinished last line has no line terminator.
 */
export async function* formatLog(events: LogBatches): AsyncGenerator<string> {
  const codes = new CodeFilter('plain');
  let partial = '';
  for await (const block of events) {
    let text = '';
    for (const event of block) {
      if (event.kind === 'partial') partial = codes.peek(event.text);
      else {
        if (event.kind === 'line') partial = '';
        text += formatLogEvent(event, codes);
      }
    }
    if (text !== '') yield text;
  }
  if (partial !== '') yield partial;
}

function formatLogEvent(event: LogText | LogGap, codes: CodeFilter): string {
  // An escape sequence does not continue after a gap.
  if (event.kind === 'gap') return `${codes.next('', false)}${formatGap(event)}\n`;
  const text = formatLogLine(event, codes.next(event.text, event.open === true));
  return event.open ? text : `${text}\n`;
}

/**
 * A file name that is valid on every system: no separators, control characters or unpaired surrogates, no
 * dots at either end, at most 120 bytes in UTF-8, so that two of them and an extension are not too long.
 */
export function toFileName(name: string): string {
  const begin = name.slice(0, 1_000);
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out.
  const plain = begin.replace(/[\u0000-\u001f<>:"/\\|?*\u007f]/g, '_').replace(/^\.+/, '_');
  // Neither a URI nor UTF-8 can contain unpaired surrogates, and direction marks would hide the end of the
  // name.
  const clean = sanitize(plain);
  const encoder = new TextEncoder();
  let bytes = 0;
  let kept = '';
  for (const character of clean.trim()) {
    bytes += encoder.encode(character).length;
    if (bytes > 120) break;
    kept += character;
  }
  return kept.replace(/[. ]+$/, '') || '_';
}
