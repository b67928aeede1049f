import type { JobId } from '../domain/job.js';
import type { JobLogs } from '../domain/backend.js';
import { stripCodes } from '../../lib/terminalCodes.js';

/** How much of a log's end is read, in bytes. */
const maxTailBytes = 32_768;

/** The end of a log, without terminal codes. */
export interface LogTail {
  readonly lines: readonly string[];
  /** The unfinished last line, such as a progress bar; undefined if there is none. */
  readonly unfinished?: string;
}

/** Reads the end of a job's main log. Pieces of long lines are joined. */
export async function readLogTail(logs: JobLogs, id: JobId, signal: AbortSignal): Promise<LogTail> {
  const lines: string[] = [];
  let open = '';
  let unfinished: string | undefined;
  for await (const batch of logs.read(id, { at: 'end', bytes: maxTailBytes }, false, signal))
    for (const event of batch) {
      if (event.kind === 'partial') unfinished = stripCodes(open + event.text);
      if (event.kind !== 'line') continue;
      unfinished = undefined;
      const text = open + event.text;
      open = event.open ? text.slice(0, maxTailBytes) : '';
      if (!event.open) lines.push(stripCodes(text));
    }
  const rest = unfinished ?? (open === '' ? undefined : stripCodes(open));
  return rest === undefined ? { lines } : { lines, unfinished: rest };
}

/** The last lines of a log that are not blank, at most `max`, in the order of the log. */
export function listLastLines({ lines, unfinished }: LogTail, max: number): readonly string[] {
  const all = unfinished === undefined ? lines : [...lines, unfinished];
  return all.filter((line) => line.trim() !== '').slice(-max);
}
