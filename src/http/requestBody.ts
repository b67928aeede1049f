import { Readable } from 'node:stream';
import { JobError } from '../core/domain/problem.js';
import type { HttpRequest, BodySource } from './http.js';
import type { IdleTimeout } from './idleTimeout.js';

/** A request body that is being sent. */
export interface RequestBody {
  /** Undefined: no body. */
  readonly bytes: number | undefined;
  readonly data: Buffer | Readable | undefined;
  /** The error that occurred while reading it; undefined if none. */
  readonly failure: () => { readonly error: unknown } | undefined;
  /** Stops reading it. */
  readonly end: () => void;
}

/**
 * Creates the body of a request. The timeout runs while the network accepts data, but not while the body is
 * read.
 */
export function createRequestBody({ body, url }: HttpRequest, quiet: IdleTimeout): RequestBody {
  const nothing = { failure: () => undefined, end: () => undefined };
  if (body === undefined) return { bytes: undefined, data: undefined, ...nothing };
  if (body instanceof Uint8Array) return { bytes: body.byteLength, data: toBuffer(body), ...nothing };
  let failure: { readonly error: unknown } | undefined;
  async function* noted(from: BodySource): AsyncGenerator<Buffer> {
    try {
      yield* readExactly(from, new URL(url).host, quiet);
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const data = Readable.from(noted(body), { objectMode: false });
  // It can fail after the response has arrived, when there are no other listeners.
  data.on('error', () => undefined);
  return { bytes: body.bytes, data, failure: () => failure, end: () => data.destroy() };
}

/**
 * The parts of a body. The last part is sent only once it is known to be the last, so that a body of another
 * length than announced never arrives complete.
 */
async function* readExactly(
  { bytes, read, path }: BodySource,
  place: string,
  quiet: IdleTimeout,
): AsyncGenerator<Buffer> {
  let left = bytes;
  let held: Uint8Array | undefined;
  quiet.pause();
  for await (const part of read()) {
    left -= part.byteLength;
    if (left < 0) throw new JobError({ kind: 'changed', path: path ?? place, how: 'grew' });
    if (part.byteLength === 0) continue;
    if (held) {
      quiet.start();
      yield toBuffer(held);
      quiet.pause();
    }
    held = part;
  }
  if (left > 0) throw new JobError({ kind: 'changed', path: path ?? place, how: 'shrank' });
  quiet.start();
  if (held) yield toBuffer(held);
}

const toBuffer = (part: Uint8Array): Buffer => Buffer.from(part.buffer, part.byteOffset, part.byteLength);
