import type { Disposable } from '../lib/lifetime.js';
import type { Log } from '../core/domain/ports.js';
import { createLogChannel } from './window.js';

/**
 * The extension's log channel. Failures are written in full, with their causes; users see a short message
 * instead.
 */
export function createExtensionLog(): Disposable & { readonly log: Log; readonly show: () => void } {
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
        channel.error(cause === undefined ? text : `${text}: ${formatErrorChain(cause)}`);
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

/** An error with its stack and its causes. */
function formatErrorChain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${formatErrorChain(error.cause)}`;
}
