import type { Locator, Page } from 'playwright-core';
import { quoted } from './text.js';
import { eventually } from './wait.js';

/** How long a menu ignores a released mouse button after it opens, in milliseconds; observed in VS Code. */
const deafMs = 200;

/** Context menus. */
export class Menus {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get open(): Locator {
    return this.#page.locator('.context-view .monaco-menu').last();
  }

  entry(title: string): Locator {
    const label = this.#page.locator(`.action-label[aria-label=${quoted(title)}]`);
    return this.open.locator('.action-item').filter({ has: label });
  }

  /** Right-clicks an element and chooses an entry of its menu. */
  async choose(target: Locator, title: string): Promise<void> {
    await eventually(
      async () => {
        if (!(await this.open.isVisible())) await target.click({ button: 'right', timeout: 5000 });
        await this.entry(title).waitFor({ timeout: 5000 });
        await this.#page.waitForTimeout(deafMs);
        await this.entry(title).click({ timeout: 2000 });
        // On a busy machine it may still ignore clicks; a menu closes when an entry is chosen.
        return this.open.waitFor({ state: 'hidden', timeout: 1000 }).then(() => true);
      },
      () => `the entry ${title} cannot be chosen`,
    );
  }

  /** The titles in an element's context menu. */
  async titles(target: Locator): Promise<readonly string[]> {
    await target.click({ button: 'right' });
    await this.open.locator('.action-item').first().waitFor();
    const labels = await this.open.locator('.action-item:not(.disabled) .action-label').all();
    const names = await Promise.all(labels.map((label) => label.getAttribute('aria-label')));
    await this.#page.keyboard.press('Escape');
    await this.open.waitFor({ state: 'hidden' });
    return names.filter((name): name is string => name !== null && name !== '');
  }
}
