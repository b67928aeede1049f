import type { Readable } from 'node:stream';

/** The most that is kept, in characters. */
const mostKept = 65_536;

/** Reads a stream to its end and gives, at any time, the last of what it said. */
export function lastOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (part: string) => {
    text = (text + part).slice(-mostKept);
  });
  // What broke is told by how the program ended.
  stream.on('error', () => undefined);
  return () => text;
}
