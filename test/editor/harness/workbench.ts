import type { Page } from 'playwright-core';
import { Editors } from './editors.js';
import { Menus } from './menus.js';
import { Messages } from './messages.js';
import { Output } from './output.js';
import { Quick } from './quick.js';
import { Terminal } from './terminal.js';
import { Views } from './views.js';

/** The appearance of a window: IDs of built-in themes, and the class by which the page shows each. */
export const themes = {
  dark: { id: 'Default Dark Modern', shown: 'vs-dark' },
  light: { id: 'Default Light Modern', shown: 'vs' },
  highContrast: { id: 'Default High Contrast', shown: 'hc-black' },
  highContrastLight: { id: 'Default High Contrast Light', shown: 'hc-light' },
} as const;

/** The name of one of the {@link themes}. */
export type Theme = keyof typeof themes;

/** Timeout for a window to be drawn, in milliseconds. */
const drawnMs = 60_000;

/** One VS Code window in the browser. */
export class Workbench {
  readonly page: Page;
  /** The page's output on the browser's console. */
  readonly console: readonly string[];
  readonly quick: Quick;
  readonly views: Views;
  readonly menus: Menus;
  readonly editors: Editors;
  readonly output: Output;
  readonly terminal: Terminal;
  readonly messages: Messages;

  constructor(page: Page) {
    const lines: string[] = [];
    page.on('console', (message) => lines.push(`${message.type()} ${message.text()}`));
    page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined)); // "Leave site?"
    this.page = page;
    this.console = lines;
    this.quick = new Quick(page);
    this.views = new Views(page);
    this.menus = new Menus(page);
    this.editors = new Editors(page, this.views);
    this.output = new Output(page);
    this.terminal = new Terminal(page);
    this.messages = new Messages(page);
  }

  /** Waits until the window is drawn. Extensions start after that: wait for what the test needs of them. */
  async drawn(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: drawnMs });
    await this.page.locator('.part.statusbar .statusbar-item').first().waitFor({ timeout: drawnMs });
  }

  /** Waits until the window has the theme of the settings. */
  async themed(theme: Theme): Promise<void> {
    await this.page.locator(`.monaco-workbench.${themes[theme].shown}`).waitFor();
  }

  /** Runs a command by its title in the palette, category included. */
  command(title: string): Promise<void> {
    return this.quick.command(title);
  }

  /** Saves a picture of the window. */
  async shot(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  /** Reloads the window with VS Code's own command, which first saves which editors are open. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.drawn();
  }

  /** Closes the window like a user closing its tab; the server and other windows keep running. */
  async close(): Promise<void> {
    const closed = this.page.waitForEvent('close');
    await this.page.close({ runBeforeUnload: true });
    await closed;
  }
}
