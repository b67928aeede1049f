/** Something that holds on to a resource until it is told to let go. Letting go twice is harmless. */
export interface Disposable {
  dispose(): void;
}

/** Makes a disposable of a function, which is called at most once. */
export function disposable(end: () => void): Disposable {
  let ended = false;
  return {
    dispose: () => {
      if (ended) return;
      ended = true;
      end();
    },
  };
}

/**
 * Owns whatever starts: parts end in the reverse order of their beginning, and one that is added after the end is ended
 * at once. Its `signal` stops what waits. A part whose end throws does not keep the others from ending.
 */
export class Lifetime implements Disposable {
  readonly #stop = new AbortController();
  readonly #parts: Disposable[] = [];

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Takes over a part and gives it back. */
  own<T extends Disposable>(part: T): T {
    if (this.signal.aborted) part.dispose();
    else this.#parts.push(part);
    return part;
  }

  dispose(): void {
    if (this.signal.aborted) return;
    this.#stop.abort();
    const failures: unknown[] = [];
    for (const part of this.#parts.splice(0).reverse()) {
      try {
        part.dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
