import { Lifetime } from '../../lib/lifetime.js';
import type { LogCursor, LogEvent, LogStart } from '../domain/log.js';
import type { LogBatches } from '../domain/logBatches.js';
import { JobError } from '../domain/problem.js';
import { getBackoffMs } from '../../lib/time.js';
import type { LogSink, TailOptions } from './logSink.js';
import { TailWriter } from './tailWriter.js';

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * Shows a log in a sink until the log ends: each line once, in order. After a connection failure (`offline`)
 * it resumes at the last cursor, with increasing pauses. The sink never contains much more than `maxChars`; a
 * line at the top reports the number of dropped lines.
 *
 * @param signal - Stops reading. From then on the sink is not used, so it can be disposed.
 * @throws the errors of the source except `offline`, the errors of the sink, and an AbortError when aborted.
 */
export async function tailLog(
  source: (from: LogStart) => LogBatches,
  sink: LogSink,
  options: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  const life = new Lifetime();
  const stop = (): void => {
    life.dispose();
  };
  signal.addEventListener('abort', stop, { once: true });
  const text = new TailWriter(sink, options, life.signal);
  try {
    await readWithRetry(source, text, options, signal);
    text.writeHeader();
  } finally {
    signal.removeEventListener('abort', stop);
    life.dispose();
    if (!signal.aborted) text.end();
  }
}

async function readWithRetry(
  source: (from: LogStart) => LogBatches,
  text: TailWriter,
  { from, clock }: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  let cursor: LogCursor | undefined;
  let failures = 0;
  for (;;) {
    try {
      signal.throwIfAborted();
      for await (const block of source(cursor === undefined ? from : { at: 'cursor', cursor })) {
        signal.throwIfAborted();
        failures = 0;
        for (const event of block) {
          text.write(event);
          cursor = getCursorAfter(event) ?? cursor;
        }
      }
      return;
    } catch (error) {
      if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
      text.flush();
      await clock.sleep(getBackoffMs(++failures, firstRetryMs, maxRetryMs), signal);
    }
  }
}

/** The cursor after an event; undefined if it has none. */
function getCursorAfter(event: LogEvent): LogCursor | undefined {
  return event.kind === 'line' ? event.next : event.kind === 'gap' ? event.before : undefined;
}
