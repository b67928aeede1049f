import type { Locator, Page } from 'playwright-core';

/** Notifications, dialogs, and the status bar. */
export class Messages {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** A notification on screen, including progress notifications. */
  toast(text: string | RegExp): Locator {
    const message = this.#page.locator('.notification-list-item-message', { hasText: text });
    return this.#page.locator('.notifications-toasts .notification-toast', { has: message });
  }

  /** Waits for a notification and clicks one of its buttons. */
  async answer(text: string | RegExp, button: string): Promise<void> {
    await this.toast(text).getByRole('button', { name: button, exact: true }).first().click();
  }

  /** All notifications on screen. */
  async toasts(): Promise<readonly string[]> {
    return this.#page
      .locator('.notifications-toasts .notification-toast .notification-list-item-message')
      .allTextContents();
  }

  /** The modal dialog. */
  get dialog(): Locator {
    return this.#page.locator('.monaco-dialog-box');
  }

  /** Clicks a button of the modal dialog. */
  async answerDialog(button: string): Promise<void> {
    await this.dialog.getByRole('button', { name: button, exact: true }).click();
  }

  /** An entry of the status bar. */
  status(text: string | RegExp): Locator {
    return this.#page.locator('.part.statusbar .statusbar-item', { hasText: text });
  }
}
