import type { Locator, Page } from 'playwright-core';
import { shownLines } from './editors.js';
import { eventually } from './wait.js';

/** The output panel as shown on screen; for a channel's whole text use the server. */
export class Output {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get panel(): Locator {
    return this.#page.locator('.part.panel');
  }

  get view(): Locator {
    return this.panel.locator('.output-view');
  }

  /** The visible lines. */
  async lines(): Promise<readonly string[]> {
    return shownLines(this.view.locator('.view-lines .view-line'));
  }

  /** Waits until the panel shows a text, and returns all visible text. */
  async shows(text: string | RegExp, ms?: number): Promise<string> {
    let last = '';
    return eventually(
      async () => {
        last = (await this.lines()).join('\n');
        return (typeof text === 'string' ? last.includes(text) : text.test(last)) && last;
      },
      () => `the output panel does not show ${String(text)} but:\n${last}`,
      ms,
    );
  }

  /** Waits until the panel shows the channel with this name. */
  async channel(name: string | RegExp, ms?: number): Promise<void> {
    await this.view.waitFor(ms === undefined ? {} : { timeout: ms });
    let last = '';
    await eventually(
      async () => {
        last = await this.channelName();
        return typeof name === 'string' ? last === name : name.test(last);
      },
      () => `the output panel does not show the channel ${String(name)} but "${last}"`,
      ms,
    );
  }

  /** Name of the channel that the panel shows. */
  async channelName(): Promise<string> {
    const select = this.panel.locator('select.monaco-select-box').first();
    return select.evaluate(
      (box: { readonly selectedOptions: ArrayLike<{ readonly text: string }> }) =>
        box.selectedOptions[0]?.text ?? '',
    );
  }
}
