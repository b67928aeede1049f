import { disposable, type Disposable } from './lifetime.js';

/** Calls a listener each time something happens, until the result is disposed of. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** The side that makes something happen. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();

  readonly event: Event<T> = (listener) => {
    // Wrapped, so that one function listening twice is two listeners.
    const entry = { call: listener };
    this.#listeners.add(entry);
    return disposable(() => this.#listeners.delete(entry));
  };

  /** Calls all who listen at this moment; one that throws does not keep it from the others. */
  fire(value: T): void {
    const failures: unknown[] = [];
    for (const { call } of [...this.#listeners]) {
      try {
        call(value);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
