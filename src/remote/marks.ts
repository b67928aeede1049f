import { Transform, type Readable } from 'node:stream';

/** The most bytes that are kept of what comes before the first mark. */
const maxBefore = 65_536;

/** The longest line that can follow the last mark: an exit code. */
const maxCode = 16;

/** Hears when a program begins to write and how it ended. */
export interface MarkEvents {
  readonly begun: () => void;
  /** @param word - What stands after the mark: an exit code, or that there is no such program. */
  readonly ended: (word: string) => void;
}

/**
 * The bytes between the line that is `mark` and the one that begins with it and a blank; what a login shell prints before
 * and after them is left out. A byte waits for the next ones only where it may be the beginning of the last mark.
 */
export function betweenMarks(source: Readable, mark: string, { begun, ended }: MarkEvents): Transform {
  const first = Buffer.from(`${mark}\n`);
  const last = Buffer.from(`${mark} `);
  let state: 'before' | 'within' | 'after' = 'before';
  let held: Buffer = Buffer.alloc(0);

  const within = (part: Buffer, output: Transform): void => {
    const all = held.length === 0 ? part : Buffer.concat([held, part]);
    const at = all.indexOf(last);
    if (at < 0) {
      const kept = heldLength(all, last);
      held = all.subarray(all.length - kept);
      if (all.length > kept) output.push(all.subarray(0, all.length - kept));
      return;
    }
    const code = all.subarray(at + last.length);
    const end = code.indexOf(10);
    if (end < 0 && code.length <= maxCode) {
      if (at > 0) output.push(all.subarray(0, at));
      held = all.subarray(at);
      return;
    }
    state = 'after';
    held = Buffer.alloc(0);
    if (at > 0) output.push(all.subarray(0, at));
    output.push(null);
    ended(code.subarray(0, end < 0 ? maxCode : end).toString('latin1'));
  };

  const output = new Transform({
    transform: (part: Buffer, _encoding, done) => {
      if (state === 'before') {
        const all = Buffer.concat([held, part]);
        const at = all.indexOf(first);
        if (at < 0) held = Buffer.from(all.subarray(-maxBefore));
        else {
          state = 'within';
          held = Buffer.alloc(0);
          begun();
          if (at + first.length < all.length) within(all.subarray(at + first.length), output);
        }
      } else if (state === 'within') within(part, output);
      done();
    },
    flush: (done) => {
      if (state === 'within' && held.length > 0) output.push(held);
      done();
    },
  });
  source.on('error', (error) => output.destroy(error));
  source.once('close', () => {
    if (!source.readableEnded && !output.destroyed && !output.writableEnded) output.end();
  });
  // Whoever stops reading breaks the pipe, as without us between, so that what writes into it ends.
  output.once('close', () => {
    if (state !== 'after') source.destroy();
    // Nobody reads what a login shell still prints; the pipe is to be empty for the program to end.
    else source.unpipe(output).resume();
  });
  source.pipe(output);
  return output;
}

/** How many bytes at the end of a buffer may be the beginning of a mark. */
function heldLength(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--)
    if (bytes.subarray(-length).equals(mark.subarray(0, length))) return length;
  return 0;
}
