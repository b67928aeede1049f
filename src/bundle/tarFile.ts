import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { unwritable } from './readProblem.js';

/** A tar on its way to the disk, hashed as it goes; blocks its thread while it writes. */
export interface TarFile {
  /** Takes the next bytes. After a failure, or once the file is closed, it does nothing. */
  readonly add: (chunk: Uint8Array) => void;
  /** Throws what made an `add` fail. @throws {@link JobError} of kind `diskFull` or `disk`. */
  readonly check: () => void;
  /** Writes what is left and closes the file. @throws as `check`. */
  readonly finish: () => { readonly bytes: number; readonly sha256: string };
  /** Closes the file as it is. */
  readonly close: () => void;
}

/** What is gathered before it is written: headers come in pieces of 512 bytes. */
const blockBytes = 1 << 20;

/** Begins a file that must not be there yet. @throws {@link JobError} of kind `diskFull` or `disk`. */
export function newTarFile(path: string): TarFile {
  const guarded = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw unwritable(dirname(path), error);
    }
  };
  const descriptor = guarded(() => openSync(path, 'wx'));
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  let bytes = 0;
  let isOpen = true;
  let failure: Error | undefined;
  const write = (data: Uint8Array): void => {
    hash.update(data);
    bytes += data.length;
    for (let at = 0; at < data.length;) at += guarded(() => writeSync(descriptor, data, at));
  };
  const flush = (): void => {
    const part = block.subarray(0, filled);
    filled = 0;
    write(part);
  };
  const take = (chunk: Uint8Array): void => {
    if (filled + chunk.length > blockBytes) flush();
    if (chunk.length > blockBytes / 2) write(chunk);
    else {
      block.set(chunk, filled);
      filled += chunk.length;
    }
  };
  const check = (): void => {
    if (failure instanceof Error) throw failure;
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false; // what comes now must not reach the descriptor, which may become another file's
    guarded(() => {
      closeSync(descriptor);
    });
  };
  return {
    add: (chunk) => {
      if (!isOpen || failure !== undefined) return;
      try {
        take(chunk);
      } catch (error) {
        failure = unwritable(dirname(path), error);
      }
    },
    check,
    finish: () => {
      check();
      flush();
      close();
      return { bytes, sha256: hash.digest('hex') };
    },
    close,
  };
}
