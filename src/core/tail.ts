import { Lifetime } from './lifetime.js';
import type { LogEvent, LogStart } from './log.js';
import { JobError } from './problem.js';
import { backOffMs } from './repeat.js';
import type { Sink, TailOptions } from './sink.js';
import { TailText } from './tailText.js';

const firstRetryMs = 1_000;
const mostRetryMs = 30_000;

/**
 * Shows a log in a sink until its source ends: each line once, in order. After a drop (`offline`) it goes on from where
 * it was, with growing waits. The sink never holds much more than `maxChars`; what it loses at the front is said there.
 *
 * @param signal - Ends it; from then on the sink is left alone, so that it may be gone.
 * @throws what the source throws, but for a drop; what the sink throws; an AbortError when stopped.
 */
export async function tail(
  source: (from: LogStart) => AsyncIterable<LogEvent>,
  sink: Sink,
  options: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  const life = new Lifetime();
  const stop = (): void => {
    life.dispose();
  };
  signal.addEventListener('abort', stop, { once: true });
  const text = new TailText(sink, options, life.signal);
  try {
    await readAll(source, text, options, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    life.dispose();
    if (!signal.aborted) text.end();
  }
}

async function readAll(
  source: (from: LogStart) => AsyncIterable<LogEvent>,
  text: TailText,
  { from, clock }: TailOptions,
  signal: AbortSignal,
): Promise<void> {
  let next = from;
  let failures = 0;
  for (;;) {
    try {
      signal.throwIfAborted();
      for await (const event of source(next)) {
        signal.throwIfAborted();
        failures = 0;
        text.take(event);
        next = placeAfter(event) ?? next;
      }
      return;
    } catch (error) {
      if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
      text.flush();
      await clock.sleep(backOffMs(++failures, firstRetryMs, mostRetryMs), signal);
    }
  }
}

/** From where to read on after an event; undefined: it does not tell. */
function placeAfter(event: LogEvent): LogStart | undefined {
  const cursor = event.kind === 'line' ? event.next : event.kind === 'gap' ? event.before : undefined;
  return cursor === undefined ? undefined : { at: 'cursor', cursor };
}
