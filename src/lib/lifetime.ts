/** Owns a resource until it is disposed. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void;
}

/** Creates a disposable from a function, which is called at most once. */
export function createDisposable(end: () => void): Disposable {
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
 * Owns disposables: disposes them in reverse order, even if one of them throws. One that is added later is
 * disposed immediately. Its `signal` is aborted on disposal.
 */
export class Lifetime implements Disposable {
  readonly #stop = new AbortController();
  readonly #parts: Disposable[] = [];

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Adds a disposable and returns it. */
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
