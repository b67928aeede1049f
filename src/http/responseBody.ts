import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { JobError } from '../core/domain/problem.js';
import type { IdleTimeout } from './idleTimeout.js';
import { getErrorCode } from '../lib/errno.js';

/** Dependencies of reading a response body. */
export interface ResponseBodyDeps {
  /** The host, for messages. */
  readonly place: string;
  readonly idle: IdleTimeout;
  /** Called when the body has ended, failed or was abandoned; can be called several times. */
  readonly end: () => void;
  /** Converts an error to the one that is thrown. */
  readonly toError: (error: unknown) => unknown;
  /** True: the body was abandoned, though parts may remain. */
  readonly isStopped: () => boolean;
}

/** The compression of a body by its `content-encoding`; undefined if it was not requested. */
export function parseContentEncoding(encoding: string | undefined): 'plain' | 'gzip' | undefined {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return 'plain';
  // Source: RFC 9110, 8.4.1.3: `x-gzip` is equivalent.
  return name === 'gzip' || name === 'x-gzip' ? 'gzip' : undefined;
}

/**
 * The parts of a body as they arrive, decompressed. The network is read only when the next part is requested,
 * and the silence timeout applies only then. Returning from the iterator, even before the first part, closes
 * the connection.
 */
export function createResponseBody(
  stream: Readable,
  packing: 'plain' | 'gzip',
  about: ResponseBodyDeps,
): AsyncIterable<Uint8Array> {
  const { end, toError: failed, isStopped } = about;
  const raw = readFromNetwork(stream, about.idle);
  const parts: AsyncIterator<Uint8Array> = packing === 'gzip' ? unpackBody(raw, about.place) : raw;
  const close = (): void => {
    end();
    stream.destroy();
  };
  // Not a generator, since returning from one that has not started would not close the connection.
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      try {
        if (isStopped()) throw new Error('stopped');
        const result = await parts.next();
        if (result.done) close();
        return result;
      } catch (error) {
        const failure = failed(error);
        close();
        throw failure;
      }
    },
    return: () => {
      close();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function* readFromNetwork(stream: Readable, quiet: IdleTimeout): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = stream.iterator({ destroyOnReturn: false });
  for (;;) {
    quiet.start();
    const next = await chunks.next().finally(quiet.pause);
    if (next.done) return;
    yield next.value;
  }
}

async function* unpackBody(raw: AsyncGenerator<Uint8Array>, place: string): AsyncGenerator<Uint8Array> {
  // A response without a body can still have a content encoding.
  const first = await raw.next();
  if (first.done) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value as Uint8Array; // SAFETY: only the end has another value.
    yield* raw;
  }
  const plain = createGunzip();
  pipeline(all(), plain, () => undefined);
  try {
    yield* plain as AsyncIterable<Uint8Array>; // SAFETY: a stream without an encoding yields buffers.
  } catch (error) {
    const isBroken = getErrorCode(error)?.startsWith('Z_') === true;
    throw isBroken ? new JobError({ kind: 'badAnswer', place, what: 'gzip' }, { cause: error }) : error;
  }
}
