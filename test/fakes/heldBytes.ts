import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that the process holds on to: what the garbage collector leaves, with the buffers outside its heap. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)(); // SAFETY: the flag above makes it.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
