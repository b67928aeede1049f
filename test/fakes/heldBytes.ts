import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that the process holds on to: what the garbage collector leaves, with the buffers outside its heap. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('This Node cannot be asked to collect garbage.');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
