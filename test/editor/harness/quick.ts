import type { Locator, Page } from 'playwright-core';
import { exactly } from './text.js';
import { eventually } from './wait.js';

/** The command palette, quick picks, and input boxes: VS Code has one widget for all of them. */
export class Quick {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get widget(): Locator {
    return this.#page.locator('.quick-input-widget:visible');
  }

  get field(): Locator {
    return this.widget.locator('.quick-input-box input').first();
  }

  /** The text below the field: a prompt, or a validation message. */
  get message(): Locator {
    return this.widget.locator('.quick-input-message');
  }

  get rows(): Locator {
    return this.widget.locator('.quick-input-list .monaco-list-row');
  }

  /** The first row with a label. */
  row(label: string | RegExp): Locator {
    const hasText = typeof label === 'string' ? exactly(label) : label;
    return this.rows.filter({ has: this.#page.locator('.label-name', { hasText }) }).first();
  }

  /** Runs a command by its title in the palette, category included: `Batch Jobs: Refresh`. */
  async command(title: string): Promise<void> {
    await this.#openPalette();
    await this.field.fill(`>${title}`);
    const name = this.#page.locator('.label-name', { hasText: exactly(title) });
    await this.rows.filter({ has: name }).first().click();
  }

  /** Titles the palette offers for a text. */
  async commands(text: string): Promise<readonly string[]> {
    await this.#openPalette();
    await this.field.fill(`>${text}`);
    await this.rows.first().waitFor();
    const titles = await this.rows.locator('.label-name').allTextContents();
    await this.dismiss();
    return titles.map((title) => title.trim());
  }

  /** Waits for the step with this title: `Submit pi.py (2/4): Node`. */
  async titled(title: string | RegExp): Promise<void> {
    await this.widget.locator('.quick-input-title', { hasText: title }).waitFor();
  }

  async title(): Promise<string> {
    return (await this.widget.locator('.quick-input-title').textContent()) ?? '';
  }

  /** Labels, descriptions, and details of all visible rows, each row as one multi-line text. */
  async texts(): Promise<readonly string[]> {
    return (await this.rows.allInnerTexts()).map((text) => text.replace(/\n+/g, '\n').trim());
  }

  /** Clicks a row. Only visible rows are rendered, so the list is filtered for its label first. */
  async pick(label: string | RegExp): Promise<void> {
    await this.#bring(label);
    await this.row(label).click();
  }

  /** Waits until a row is rendered; types its label again if the list has been replaced. */
  async #bring(label: string | RegExp): Promise<void> {
    await eventually(
      async () => {
        if (typeof label === 'string') await this.field.fill(label, { timeout: 1000 });
        return this.row(label)
          .waitFor({ timeout: 1000 })
          .then(
            () => true,
            () => false,
          );
      },
      () => `the list has no row ${String(label)}`,
      30_000,
    );
  }

  /** Ticks rows and accepts. */
  async pickMany(...labels: readonly (string | RegExp)[]): Promise<void> {
    for (const label of labels) {
      await this.#bring(label);
      await this.row(label).locator('input[type=checkbox], .monaco-checkbox').first().click();
    }
    if (labels.length > 0) await this.type('');
    await this.button('OK').click();
  }

  /** Replaces the text and accepts. */
  async input(text: string): Promise<void> {
    await this.type(text);
    await this.accept();
  }

  /** Replaces the text. */
  async type(text: string): Promise<void> {
    await this.field.fill(text);
  }

  /**
   * Enters an absolute path in a save or open dialog; a folder's path ends with `/`. Text typed before the
   * dialog shows its first folder is lost, and so is an Enter while it is still loading.
   */
  async path(path: string): Promise<void> {
    await this.rows.first().waitFor();
    await this.type(path);
    await eventually(
      async () => {
        await this.accept();
        return this.widget.waitFor({ state: 'hidden', timeout: 1000 }).then(
          () => true,
          () => false,
        );
      },
      () => `the dialog does not accept ${path}`,
    );
  }

  async accept(): Promise<void> {
    await this.#page.keyboard.press('Enter');
  }

  /** A button of the widget, in its title (`Back`) or at its end (`OK`), by name. */
  button(name: string | RegExp): Locator {
    return this.widget.getByRole('button', { name }).first();
  }

  /** A button of a row, by its tooltip. */
  async rowButton(label: string | RegExp, tooltip: string): Promise<void> {
    const row = this.row(label);
    await row.hover();
    await row.getByRole('button', { name: tooltip }).click();
  }

  async dismiss(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.closed();
  }

  async closed(): Promise<void> {
    await this.widget.waitFor({ state: 'hidden' });
  }

  /**
   * A key press is occasionally lost while the focus moves, so this retries, alternating between the two
   * ways.
   */
  async #openPalette(): Promise<void> {
    let press = 0;
    await eventually(
      async () => {
        await this.#page.keyboard.press(press++ % 2 === 0 ? 'F1' : 'Control+Shift+P');
        return this.field.waitFor({ timeout: 1500 }).then(
          () => true,
          () => false,
        );
      },
      () => 'the command palette does not open',
    );
  }
}
