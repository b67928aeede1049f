import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createUnwritableError } from './fsErrors.js';

/** The size of the write buffer: headers arrive in chunks of 512 bytes. */
const writeBlockBytes = 1 << 20;

/** Writes and hashes a tar. Blocks the thread. */
export class TarFileWriter {
  readonly #folder: string;
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafe(writeBlockBytes);
  #filled = 0;
  #bytes = 0;
  #isOpen = true;
  #failure: Error | undefined;

  /** Creates the file, which must not exist. @throws {@link JobError} of kind `diskFull` or `disk`. */
  constructor(path: string) {
    this.#folder = dirname(path);
    this.#descriptor = this.#guarded(() => openSync(path, 'wx'));
  }

  /** Writes bytes. Does nothing after a failure or after the file is closed. */
  add(chunk: Uint8Array): void {
    if (!this.#isOpen || this.#failure) return;
    try {
      if (this.#filled + chunk.length > writeBlockBytes) this.#flush();
      if (chunk.length > writeBlockBytes / 2) this.#write(chunk);
      else {
        this.#block.set(chunk, this.#filled);
        this.#filled += chunk.length;
      }
    } catch (error) {
      this.#failure = createUnwritableError(this.#folder, error);
    }
  }

  /** Throws the error of a failed `add`. @throws {@link JobError} of kind `diskFull` or `disk`. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /**
   * Writes the buffer and closes the file. Returns its size and SHA-256 (64 lowercase hexadecimal digits).
   * @throws as `check`.
   */
  finish(): { readonly bytes: number; readonly sha256: string } {
    this.check();
    this.#flush();
    this.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes the file without writing the buffer. */
  close(): void {
    if (!this.#isOpen) return;
    // Later writes must not reach the descriptor, which could be reused for another file.
    this.#isOpen = false;
    this.#guarded(() => {
      closeSync(this.#descriptor);
    });
  }

  #flush(): void {
    const part = this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    this.#write(part);
  }

  #write(data: Uint8Array): void {
    this.#hash.update(data);
    this.#bytes += data.length;
    for (let at = 0; at < data.length;) at += this.#guarded(() => writeSync(this.#descriptor, data, at));
  }

  #guarded<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw createUnwritableError(this.#folder, error);
    }
  }
}
