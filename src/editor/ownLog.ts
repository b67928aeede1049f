import type { Disposable } from '../lib/lifetime.js';
import type { Log } from '../core/domain/ports.js';
import { createLogChannel } from './window.js';

/** The extension's own log channel. Failures are written whole, with what caused them; users see a sentence elsewhere. */
export function ownLog(): Disposable & { readonly log: Log; readonly show: () => void } {
  const channel = createLogChannel('Batch Jobs');
  return {
    log: {
      info: (text) => {
        channel.info(text);
      },
      warn: (text) => {
        channel.warn(text);
      },
      error: (text, cause) => {
        channel.error(cause === undefined ? text : `${text}: ${told(cause)}`);
      },
    },
    show: () => {
      channel.show(true);
    },
    dispose: () => {
      channel.dispose();
    },
  };
}

/** An error with its stack and the errors below it. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${told(error.cause)}`;
}
