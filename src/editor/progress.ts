import type { ProgressReporter } from '../commands/ui.js';
import { showProgress } from './window.js';

/** Delay before a notification appears, in milliseconds. */
const progressDelayMs = 1000;

/** Runs a function with a cancellable progress notification that appears after {@link progressDelayMs}. */
export async function withProgress<T>(
  title: string,
  run: (signal: AbortSignal, progress: ProgressReporter) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let latest: readonly [number | undefined, string | undefined] = [undefined, undefined];
  let show: ProgressReporter | undefined;
  const running = run(stop.signal, (part, text) => {
    latest = [part, text];
    show?.(part, text);
  });
  const done = running.then(
    () => undefined,
    () => undefined,
  );
  const timer = setTimeout(() => {
    void showProgress(title, (report, token) => {
      token.onCancellationRequested(() => {
        stop.abort();
      });
      let shown = 0;
      show = (part, text) => {
        const percent = part === undefined ? shown : Math.min(100, part * 100);
        report({
          ...(part === undefined ? {} : { increment: Math.max(0, percent - shown) }),
          ...(text === undefined ? {} : { message: text }),
        });
        shown = Math.max(shown, percent);
      };
      show(...latest);
      return done;
    });
  }, progressDelayMs);
  try {
    return await running;
  } finally {
    clearTimeout(timer);
  }
}
