import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { JobError } from '../core/domain/problem.js';
import type { Silence } from './silence.js';
import { getErrorCode } from '../lib/errno.js';

/** What belongs to an answer whose body is read. */
export interface Receiving {
  /** The host, for messages. */
  readonly place: string;
  readonly quiet: Silence;
  /** Called when the body has ended, failed, or nobody wants it any more; maybe several times. */
  readonly end: () => void;
  /** What is thrown for what was met. */
  readonly failed: (error: unknown) => unknown;
  /** True: nobody wants it any more, though parts may be left. */
  readonly isStopped: () => boolean;
}

/** How the body is packed, by its `content-encoding`; undefined: in a way that nobody asked for. */
export function packingOf(encoding: string | undefined): 'plain' | 'gzip' | undefined {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return 'plain';
  // Source: RFC 9110, 8.4.1.3: the old name is the same.
  return name === 'gzip' || name === 'x-gzip' ? 'gzip' : undefined;
}

/**
 * The parts of a body as they come, unpacked. The network is read only when the next part is wanted, and silence counts
 * only then. Whoever returns from it, even before the first part, ends the connection.
 */
export function received(
  stream: Readable,
  packing: 'plain' | 'gzip',
  about: Receiving,
): AsyncIterable<Uint8Array> {
  const { end, failed, isStopped } = about;
  const raw = fromNetwork(stream, about.quiet);
  const parts: AsyncIterator<Uint8Array> = packing === 'gzip' ? unpacked(raw, about.place) : raw;
  const close = (): void => {
    end();
    stream.destroy();
  };
  // By hand: a generator that was never begun would not end the connection when it is returned from.
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

async function* fromNetwork(stream: Readable, quiet: Silence): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = stream.iterator({ destroyOnReturn: false });
  for (;;) {
    quiet.wait();
    const next = await chunks.next().finally(quiet.rest);
    if (next.done) return;
    yield next.value;
  }
}

async function* unpacked(raw: AsyncGenerator<Uint8Array>, place: string): AsyncGenerator<Uint8Array> {
  // An answer without a body may name a packing all the same.
  const first = await raw.next();
  if (first.done) return;
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value as Uint8Array; // SAFETY: it is not the end, which alone has another value.
    yield* raw;
  }
  const plain = createGunzip();
  pipeline(all(), plain, () => undefined);
  try {
    yield* plain as AsyncIterable<Uint8Array>; // SAFETY: a stream without encoding gives buffers.
  } catch (error) {
    const isBroken = getErrorCode(error)?.startsWith('Z_') === true;
    throw isBroken ? new JobError({ kind: 'badAnswer', place, what: 'gzip' }, { cause: error }) : error;
  }
}
