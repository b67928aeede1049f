import { createIncompleteError } from './tarHeader.js';

/** Reads a sequence of chunks in pieces of any size. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * Reads exactly `bytes` bytes; undefined at the end.
   *
   * @param mayEnd - Also returns undefined if fewer bytes are left.
   * @throws {@link TarProblem} if fewer bytes are left.
   */
  async take(bytes: number, mayEnd = false): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0;) {
      const part = await this.some(left);
      if (!part && (parts.length === 0 || mayEnd)) return undefined;
      if (!part) throw createIncompleteError();
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** Reads at most `most` bytes; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** @throws {@link TarProblem} if fewer bytes are left. */
  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0;) {
      const part = await this.some(left);
      if (!part) throw createIncompleteError();
      left -= part.length;
    }
  }

  async drain(): Promise<void> {
    while (await this.some(Number.MAX_SAFE_INTEGER));
  }
}
