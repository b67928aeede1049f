import { createDisposable, type Disposable } from './lifetime.js';

/** Calls a listener on each event until the result is disposed. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Fires an event. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();

  readonly event: Event<T> = (listener) => {
    // Wrapped, so that a function that subscribes twice is called twice.
    const entry = { call: listener };
    this.#listeners.add(entry);
    return createDisposable(() => this.#listeners.delete(entry));
  };

  /** Calls all current listeners, even if one of them throws; then throws the first error. */
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
