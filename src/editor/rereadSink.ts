import type { LogSink } from '../core/logs/logSink.js';

/** A sink for a log that is read again into a view that already shows it. */
export interface RereadSink extends LogSink {
  /** Called when everything was read. */
  readonly finish: () => void;
}

/**
 * Keeps the text shown while the same text arrives; the first difference replaces it or is appended. If
 * reading fails before that, the text stays.
 *
 * @param keepsSame - False: replace the text in any case.
 */
export function createRereadSink(sink: LogSink, keepsSame: boolean): RereadSink {
  const old = (keepsSame ? sink.shown?.() : undefined) ?? '';
  let isOld = true;
  /** Number of characters that were the same so far. */
  let same = 0;
  const replaceAll = (text: string): void => {
    isOld = false;
    sink.replaceAll(text);
  };
  const append = (text: string): void => {
    if (!isOld) sink.append(text);
    else if (old.startsWith(text, same)) same += text.length;
    else if (same > 0 && same === old.length) {
      isOld = false;
      sink.append(text);
    } else replaceAll(old.slice(0, same) + text);
  };
  return {
    append,
    replaceAll,
    fail: (text) => {
      sink.append(text);
      isOld = false;
    },
    finish: () => {
      if (isOld && same < old.length) replaceAll(old.slice(0, same));
    },
    ...(sink.redraw
      ? {
          redraw: {
            everyMs: sink.redraw.everyMs,
            replaceEnd: (chars, text) => {
              if (isOld) replaceAll(old.slice(0, Math.max(0, same - chars)) + text);
              else sink.redraw?.replaceEnd(chars, text);
            },
          },
        }
      : {}),
  };
}
