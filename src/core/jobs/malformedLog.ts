import type { Log } from '../domain/ports.js';

/** Logs the entries of a list that could not be parsed, once until they change. */
export class MalformedLog {
  #logged = '';

  constructor(
    private readonly connection: string,
    private readonly log: Log,
  ) {}

  write(malformed: readonly string[]): void {
    const entries = malformed.join('\n');
    if (entries !== '' && entries !== this.#logged)
      this.log.warn(`jobs of ${this.connection} skipped:\n${entries}`);
    this.#logged = entries;
  }
}
