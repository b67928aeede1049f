/** So long at most others wait for one who has much to do, in milliseconds. */
const turnMs = 10;

/** So many calls are made between two looks at the time. */
const callsPerLook = 200;

/** Awaited between the parts of long work, it lets others have their turn now and then. */
export function createTurns(): () => Promise<void> | undefined {
  let began = performance.now();
  let calls = 0;
  return () => {
    if (++calls % callsPerLook !== 0 || performance.now() - began < turnMs) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      began = performance.now();
    });
  };
}
