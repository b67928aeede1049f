import type { Locator, Page } from 'playwright-core';
import { exactly, quoted, startsWith } from './text.js';
import { eventually } from './wait.js';

/** A row of a tree as shown on screen. */
export interface ShownRow {
  readonly label: string;
  readonly description: string;
  /** The text for screen readers. */
  readonly spoken: string;
  /** The codicon's name without `~spin`; '' if it is not a codicon. */
  readonly icon: string;
  /** 1 for rows of the first level. */
  readonly level: number;
  /** Undefined: it cannot be expanded. */
  readonly expanded: boolean | undefined;
  readonly selected: boolean;
}

/** Members of an element used inside the page; the tests know no other part of the browser's types. */
interface Element {
  readonly textContent: string | null;
  readonly className: string;
  readonly querySelector: (selector: string) => Element | null;
  readonly getAttribute: (name: string) => string | null;
}

/** Time within which another view appears, if at all, in milliseconds. */
const stayMs = 400;

/** True once an element is visible; false if it is not for a while. */
export const shows = (what: Locator): Promise<boolean> =>
  what.waitFor({ timeout: 3000 }).then(
    () => true,
    () => false,
  );

/** The activity bar and the views of the side bar. */
export class Views {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** A view container's button in the activity bar. */
  activityItem(title: string): Locator {
    const label = this.#page.locator(`a.action-label[aria-label^=${quoted(title)}]`);
    return this.#page.locator('.part.activitybar .action-item', { has: label });
  }

  /**
   * Opens a view container unless it is open. A second click on its button closes it, so if the extension
   * opens it at the same moment, this clicks once more. After a submission the extension shows its own view,
   * possibly later: the container counts as open once it stays open.
   */
  async open(title: string): Promise<void> {
    const item = this.activityItem(title);
    await item.waitFor({ timeout: 30_000 });
    const opened = this.sideBar.locator('.composite.title', { hasText: startsWith(title) });
    await eventually(
      async () => {
        if (!(await opened.isVisible())) {
          await item.click();
          await opened.waitFor({ timeout: 2000 });
        }
        await this.#page.waitForTimeout(stayMs);
        return opened.isVisible();
      },
      () => `the view container ${title} does not open`,
    );
    // The button's tooltip would cover the first rows of the adjacent view.
    await this.#page.mouse.move(900, 300);
  }

  get sideBar(): Locator {
    return this.#page.locator('.part.sidebar');
  }

  /** The number on a container's button. */
  badge(title: string): Locator {
    return this.activityItem(title).locator('.badge-content').first();
  }

  /** A view by name; in a container with one view, that one. */
  view(name: string): Locator {
    return this.sideBar.locator('.pane').filter({
      has: this.#page.locator(
        `.pane-header[aria-label=${quoted(`${name} Section`)}], .pane-header[aria-label$=${quoted(`: ${name} Section`)}]`,
      ),
    });
  }

  rows(view: string): Locator {
    return this.view(view).locator('.monaco-list-row[role=treeitem]');
  }

  /** The first row with exactly this label. */
  row(view: string, label: string): Locator {
    return this.rows(view)
      .filter({ has: this.#page.locator('.label-name', { hasText: exactly(label) }) })
      .first();
  }

  /** The visible rows, from top to bottom. */
  async shown(view: string): Promise<readonly ShownRow[]> {
    const rows = await this.rows(view).evaluateAll((elements: readonly Element[]) =>
      elements.map((row) => ({
        top: Number(row.getAttribute('data-index') ?? 0),
        label: row.querySelector('.label-name')?.textContent ?? row.textContent ?? '',
        description: row.querySelector('.label-description')?.textContent ?? '',
        spoken: row.getAttribute('aria-label') ?? '',
        icon: row.querySelector('.custom-view-tree-node-item-icon')?.className ?? '',
        level: Number(row.getAttribute('aria-level')),
        expanded: row.getAttribute('aria-expanded'),
        selected: row.getAttribute('aria-selected') === 'true',
      })),
    );
    return rows
      .sort((a, b) => a.top - b.top)
      .map(({ label, description, spoken, icon, level, expanded, selected }) => ({
        label,
        description,
        spoken,
        icon: /codicon-(?!modifier)([\w-]+)/.exec(icon)?.[1] ?? '',
        level,
        expanded: expanded === null ? undefined : expanded === 'true',
        selected,
      }));
  }

  /** Waits until a row has a text: its label and description, separated by a space, or what it speaks. */
  async rowSays(view: string, label: string, text: RegExp, ms?: number): Promise<ShownRow> {
    let last: readonly ShownRow[] = [];
    return eventually(
      async () => {
        last = await this.shown(view);
        return last.find(
          (row) =>
            row.label === label && (text.test(`${row.label} ${row.description}`) || text.test(row.spoken)),
        );
      },
      () => `no row "${label}" of ${view} shows ${String(text)}; the rows are ${JSON.stringify(last)}`,
      ms,
    );
  }

  /** Expands a row unless it is expanded. */
  async expand(view: string, label: string): Promise<void> {
    await this.#toggle(view, label, 'true');
  }

  /** Collapses a row unless it is collapsed. */
  async collapse(view: string, label: string): Promise<void> {
    await this.#toggle(view, label, 'false');
  }

  async #toggle(view: string, label: string, expanded: 'true' | 'false'): Promise<void> {
    const row = this.row(view, label);
    if ((await row.getAttribute('aria-expanded')) !== expanded)
      await row.locator('.monaco-tl-twistie').click();
    await this.rows(view)
      .filter({ has: this.#page.locator('.label-name', { hasText: exactly(label) }) })
      .and(this.#page.locator(`[aria-expanded="${expanded}"]`))
      .first()
      .waitFor();
  }

  /** Selects these rows together, like a user with the Control key. */
  async select(view: string, ...labels: readonly string[]): Promise<void> {
    for (const [index, label] of labels.entries())
      await this.row(view, label).click(index === 0 ? {} : { modifiers: ['ControlOrMeta'] });
  }

  /** Clicks a button of a view's title bar. */
  async titleAction(view: string, name: string): Promise<void> {
    await this.sideBar.hover();
    await this.sideBar.getByRole('button', { name, exact: true }).first().click();
    await this.view(view).waitFor();
  }

  /**
   * Clicks a button that a row shows on hover. VS Code loses a click while it redraws the row, as for a
   * running job; if `effect` is given, the button is clicked until that is visible.
   */
  async rowAction(view: string, label: string, name: string, effect?: Locator): Promise<void> {
    const row = this.row(view, label);
    const click = async (): Promise<boolean> => {
      if (await effect?.isVisible()) return true;
      await row.hover();
      await row.locator(`.actions a.action-label[aria-label=${quoted(name)}]`).click();
      return effect === undefined || shows(effect);
    };
    await eventually(click, () => `the button ${name} of the row ${label} does nothing`);
  }

  /** Names of the buttons that a row shows on hover. */
  async rowActions(view: string, label: string): Promise<readonly string[]> {
    const row = this.row(view, label);
    await row.hover();
    const actions = await row.locator('.actions a.action-label').all();
    const names = await Promise.all(actions.map((action) => action.getAttribute('aria-label')));
    return names.filter((name) => name !== null);
  }

  /** The text of a row's tooltip. */
  async tooltip(view: string, label: string): Promise<string> {
    // VS Code shows "Loading..." until the extension has sent the text, which takes a moment on a busy machine.
    const hover = this.#page
      .locator('.workbench-hover .hover-contents, .monaco-hover:visible .hover-contents')
      .filter({ hasNotText: /^\s*Loading(\.\.\.|…)\s*$/ })
      .first();
    let text = '';
    await eventually(
      async () => {
        // It appears when the mouse has rested on the row, and disappears when the row is redrawn.
        await this.#page.mouse.move(0, 0);
        await this.row(view, label).locator('.label-name').hover();
        text = await hover.innerText({ timeout: 2500 }).catch(() => '');
        return text !== '';
      },
      () => `the row ${label} shows no tooltip`,
    );
    await this.#page.mouse.move(0, 0);
    return text;
  }

  /** The content of a view without rows: a sentence and buttons. */
  welcome(view: string): Locator {
    return this.view(view).locator('.welcome-view-content');
  }

  /** The explorer's row of a file or folder. */
  file(name: string): Locator {
    return this.#page
      .locator('.explorer-folders-view .monaco-list-row')
      .filter({ has: this.#page.locator('.label-name', { hasText: exactly(name) }) })
      .first();
  }
}
