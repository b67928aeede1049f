import type { Locator, Page } from 'playwright-core';
import { quoted } from './text.js';
import { eventually } from './wait.js';
import type { Views } from './views.js';

/** Tabs and text editors. */
export class Editors {
  readonly #page: Page;
  readonly #views: Views;

  constructor(page: Page, views: Views) {
    this.#page = page;
    this.#views = views;
  }

  /** Opens a top-level file of the workspace from the explorer, permanently. */
  async openFile(name: string): Promise<void> {
    await this.#views.open('Explorer');
    await this.#views.file(name).dblclick();
    await this.active(name);
    await this.holds(name);
  }

  /**
   * Waits until the active text editor shows a document: its tab is active slightly before its text appears.
   */
  async holds(name: string): Promise<void> {
    await this.text
      .and(this.#page.locator(`[data-uri$=${quoted(`/${encodeURIComponent(name)}`)}]`))
      .waitFor();
  }

  /** The tab of a file or document. */
  tab(name: string): Locator {
    return this.#page.locator(`.tab[data-resource-name=${quoted(name)}]`);
  }

  /** Waits until a tab is the active one. */
  async active(name: string | RegExp): Promise<void> {
    if (typeof name === 'string')
      await this.#page.locator(`.tab.active[data-resource-name=${quoted(name)}]`).waitFor();
    else await this.#page.locator('.tab.active', { hasText: name }).waitFor();
  }

  get text(): Locator {
    return this.#page
      .locator('.part.editor .editor-group-container.active .editor-instance .monaco-editor')
      .first();
  }

  /** A line by its position on screen, from 0. */
  line(index: number): Locator {
    return this.text.locator('.view-lines .view-line').nth(index);
  }

  /** The visible lines of the active text editor; a long document is only partly rendered. */
  async lines(): Promise<readonly string[]> {
    return shownLines(this.text.locator('.view-lines .view-line'));
  }

  /** Waits until the visible text contains something. */
  async shows(text: string | RegExp, ms?: number): Promise<string> {
    let last = '';
    return eventually(
      async () => {
        last = (await this.lines()).join('\n');
        return (typeof text === 'string' ? last.includes(text) : text.test(last)) && last;
      },
      () => `the editor does not show ${String(text)} but:\n${last}`,
      ms,
    );
  }

  /** Replaces the whole text of the active editor by typing, in one step; nothing is saved. */
  async replaceText(text: string): Promise<void> {
    await this.line(0).click();
    await this.#page.keyboard.press('ControlOrMeta+A');
    await this.text.locator('.selected-text').first().waitFor({ state: 'attached' });
    await this.#page.keyboard.insertText(text);
  }

  /** Saves the active editor, which must have changes. */
  async save(): Promise<void> {
    await this.#page.locator('.tab.active.dirty').waitFor();
    await this.#page.keyboard.press('ControlOrMeta+S');
    await this.#page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  }

  /** Closes a tab without unsaved changes. */
  async close(name: string): Promise<void> {
    await this.tab(name).click({ button: 'middle' });
    await this.tab(name).waitFor({ state: 'detached' });
  }

  /** Clicks a button of the editor's title bar. */
  async titleAction(name: string): Promise<void> {
    await this.titleActions.getByRole('button', { name }).first().click();
  }

  get titleActions(): Locator {
    return this.#page.locator('.part.editor .editor-group-container.active .editor-actions');
  }
}

/** The texts of an editor's lines, from top to bottom: the page contains them in no order. */
export async function shownLines(lines: Locator): Promise<readonly string[]> {
  const found = await lines.evaluateAll(
    (
      elements: readonly { readonly style: { readonly top: string }; readonly textContent: string | null }[],
    ) => elements.map(({ style, textContent }) => ({ top: parseFloat(style.top), text: textContent ?? '' })),
  );
  return found.sort((a, b) => a.top - b.top).map(({ text }) => text.replaceAll('\u00a0', ' '));
}
