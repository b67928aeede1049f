import type { Sink } from '../core/logs/sink.js';
import { TextWithLastLine } from './lastLine.js';

/** The part of an output channel that a log needs. */
export interface TextChannel {
  append(text: string): void;
  replace(text: string): void;
}

/** The last line of a channel is replaced once in this time. */
const redrawMs = 1_000;

/** A channel that holds more characters than this is only added to. */
const maxRedrawn = 65_536;

/** So many characters at most are written for the replacements of one channel: VS Code keeps all of them in a file. */
const maxRewritten = 64 * 1024 * 1024;

/** Shows a log in an output channel. VS Code can replace the text of one only as a whole, and writes it to a file each time. */
export function createChannelSink(channel: TextChannel): Sink {
  /** What the channel holds; undefined: more than is kept here. */
  let held: TextWithLastLine | undefined = new TextWithLastLine();
  let rewritten = 0;
  const bound = (): void => {
    if (held && held.length > maxRedrawn) held = undefined;
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
      everyMs: () => (held && rewritten < maxRewritten ? redrawMs : undefined),
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
