import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { unwritable } from './readProblem.js';

/** What is gathered before it is written: headers come in pieces of 512 bytes. */
const blockBytes = 1 << 20;

/** A tar on its way to the disk, hashed as it goes; blocks its thread while it writes. */
export class TarFile {
  readonly #folder: string;
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafe(blockBytes);
  #filled = 0;
  #bytes = 0;
  #isOpen = true;
  #failure: Error | undefined;

  /** Begins a file that must not be there yet. @throws {@link JobError} of kind `diskFull` or `disk`. */
  constructor(path: string) {
    this.#folder = dirname(path);
    this.#descriptor = this.#guarded(() => openSync(path, 'wx'));
  }

  /** Takes the next bytes. After a failure, or once the file is closed, it does nothing. */
  add(chunk: Uint8Array): void {
    if (!this.#isOpen || this.#failure) return;
    try {
      if (this.#filled + chunk.length > blockBytes) this.#flush();
      if (chunk.length > blockBytes / 2) this.#write(chunk);
      else {
        this.#block.set(chunk, this.#filled);
        this.#filled += chunk.length;
      }
    } catch (error) {
      this.#failure = unwritable(this.#folder, error);
    }
  }

  /** Throws what made an `add` fail. @throws {@link JobError} of kind `diskFull` or `disk`. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Writes what is left and closes the file; its size and SHA-256, 64 lowercase hex digits. @throws as `check`. */
  finish(): { readonly bytes: number; readonly sha256: string } {
    this.check();
    this.#flush();
    this.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes the file as it is. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false; // what comes now must not reach the descriptor, which may become another file's
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
      throw unwritable(this.#folder, error);
    }
  }
}
