import type { LogSink } from '../core/logs/logSink.js';
import { TextWithLastLine } from './textWithLastLine.js';

/** The part of an output channel that a log uses. */
export interface TextChannel {
  append(text: string): void;
  replace(text: string): void;
}

/** Minimum interval between replacements of the last line, in milliseconds. */
const redrawMs = 1_000;

/** Maximum length of a channel whose text is replaced, in characters; longer ones are only appended to. */
const maxRedrawnChars = 65_536;

/**
 * Maximum number of characters written for all replacements in one channel: VS Code keeps each of them in a
 * file.
 */
const maxRewrittenChars = 64 * 1024 * 1024;

/**
 * Shows a log in an output channel. VS Code can only replace its text as a whole, and writes it to a file
 * each time.
 */
export function createChannelSink(channel: TextChannel): LogSink {
  /** The channel's text; undefined: too long to replace. */
  let held: TextWithLastLine | undefined = new TextWithLastLine();
  let rewritten = 0;
  const bound = (): void => {
    if (held && held.length > maxRedrawnChars) held = undefined;
  };
  return {
    append: (text) => {
      channel.append(text);
      held?.append(text);
      bound();
    },
    replaceAll: (text) => {
      channel.replace(text);
      held = new TextWithLastLine();
      held.append(text);
      bound();
    },
    shown: () => held?.text,
    redraw: {
      everyMs: () => (held && rewritten < maxRewrittenChars ? redrawMs : undefined),
      replaceEnd: (chars, text) => {
        if (!held) return;
        held.replaceEnd(chars, text);
        rewritten += held.length;
        channel.replace(held.text);
        bound();
      },
    },
  };
}
