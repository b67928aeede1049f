import type { Locator, Page } from 'playwright-core';
import { eventually } from './wait.js';

/** The terminal in the panel; its text is in the page only with `terminal.integrated.gpuAcceleration` off. */
export class Terminal {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get rows(): Locator {
    return this.#page.locator('.part.panel .terminal-wrapper.active .xterm-rows > div');
  }

  /** Waits until the terminal shows a text, and returns its text. */
  async shows(text: string | RegExp, ms?: number): Promise<string> {
    let last = '';
    return eventually(
      async () => {
        last = (await this.rows.allTextContents())
          .map((row) => row.trimEnd().replaceAll('\u00a0', ' '))
          .join('\n');
        return (typeof text === 'string' ? last.includes(text) : text.test(last)) && last;
      },
      () => `the terminal does not show ${String(text)} but:\n${last}`,
      ms,
    );
  }

  /** Parts of the text in one of the sixteen colors: 1 is red. */
  async inColour(colour: number): Promise<readonly string[]> {
    return this.rows.locator(`.xterm-fg-${colour}`).allTextContents();
  }

  /** The terminal's name if it is the only one. */
  title(name: string): Locator {
    return this.#page.locator('.part.panel .composite.title', { hasText: name });
  }
}
