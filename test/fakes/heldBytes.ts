import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that the process retains: the heap after garbage collection, and the buffers outside of it. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)(); // SAFETY: the flag above defines it.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
