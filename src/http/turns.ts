/** Others wait for at most about so long, in milliseconds; what is done between two looks at the time comes on top. */
const turnMs = 10;

/** Called again and again by somebody with much to do: what to wait for where others should have their turn now. */
export type GiveTurn = () => Promise<void> | undefined;

/** Turns for one piece of work. The time that others wait counts from the last turn that was given. */
export function createTurns(): GiveTurn {
  let began = performance.now();
  return () => {
    if (performance.now() - began < turnMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        began = performance.now();
        resolve();
      });
    });
  };
}
