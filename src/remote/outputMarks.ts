import { Transform, type Readable } from 'node:stream';

/** The maximum number of bytes stored before the first marker. */
const maxPreambleBytes = 65_536;

/** The maximum length of the text after the last marker: an exit code. */
const maxExitCodeLength = 16;

/** Callbacks for the start and the exit of a program. */
export interface MarkEvents {
  readonly onStart: () => void;
  /** @param word - The text after the marker: an exit code, or that the program does not exist. */
  readonly onEnd: (word: string) => void;
}

/**
 * The bytes between the line `mark` and the line that starts with `mark` and a space, without the output of a
 * login shell before and after them. Bytes are delayed only if they can be the start of the last marker.
 */
export function createMarkFilter(source: Readable, mark: string, events: MarkEvents): Transform {
  const first = Buffer.from(`${mark}\n`);
  const last = Buffer.from(`${mark} `);
  let state: 'before' | 'within' | 'after' = 'before';
  let held: Buffer = Buffer.alloc(0);

  const within = (part: Buffer, output: Transform): void => {
    const all = held.length === 0 ? part : Buffer.concat([held, part]);
    const at = all.indexOf(last);
    if (at < 0) {
      const kept = getPartialMarkLength(all, last);
      held = all.subarray(all.length - kept);
      if (all.length > kept) output.push(all.subarray(0, all.length - kept));
      return;
    }
    const code = all.subarray(at + last.length);
    const end = code.indexOf(10);
    if (end < 0 && code.length <= maxExitCodeLength) {
      if (at > 0) output.push(all.subarray(0, at));
      held = all.subarray(at);
      return;
    }
    state = 'after';
    held = Buffer.alloc(0);
    if (at > 0) output.push(all.subarray(0, at));
    output.push(null);
    events.onEnd(code.subarray(0, end < 0 ? maxExitCodeLength : end).toString('latin1'));
  };

  const output = new Transform({
    transform: (part: Buffer, _encoding, done) => {
      if (state === 'before') {
        const all = Buffer.concat([held, part]);
        const at = all.indexOf(first);
        if (at < 0) held = Buffer.from(all.subarray(-maxPreambleBytes));
        else {
          state = 'within';
          held = Buffer.alloc(0);
          events.onStart();
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
  // If the reader stops, the pipe breaks as it would without this stream, so that the writer exits.
  output.once('close', () => {
    if (state !== 'after') source.destroy();
    // Drains what a login shell still prints, so that the program can exit.
    else source.unpipe(output).resume();
  });
  source.pipe(output);
  return output;
}

/** The number of bytes at the end of a buffer that can be the start of a marker. */
function getPartialMarkLength(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--)
    if (bytes.subarray(-length).equals(mark.subarray(0, length))) return length;
  return 0;
}
