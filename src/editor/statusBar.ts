import * as vscode from 'vscode';
import type { Job } from '../core/job.js';
import { plainInMarkdown } from '../core/tooltip.js';
import { statusText } from '../core/state.js';
import { say } from './ui.js';

/** The number of active jobs in the status bar and on the view's badge; gone when there is none. */
export class ActiveCount implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('batchJobs.active', vscode.StatusBarAlignment.Left, 10);

  constructor(private readonly view: vscode.TreeView<unknown>) {
    this.#item.name = say('Batch Jobs');
    this.#item.command = 'batchJobs.jobs.focus';
  }

  /** Shows these jobs, which are all active, and that there are so many `more` that are not listed. */
  show(active: readonly Job[], more: number): void {
    const count = active.length + more;
    const text = count === 1 ? say('1 active job') : say('{0} active jobs', count);
    this.view.badge = count === 0 ? undefined : { value: count, tooltip: text };
    if (count === 0) {
      this.#item.hide();
      return;
    }
    this.#item.text = count === 1 ? say('$(sync~spin) 1 job') : say('$(sync~spin) {0} jobs', count);
    this.#item.accessibilityInformation = { label: text };
    const lines = active
      .slice(0, 15)
      .map((job) => `- ${plainInMarkdown(job.name)} — ${plainInMarkdown(statusText(job, new Date(), say))}`);
    this.#item.tooltip = new vscode.MarkdownString([`**${text}**`, ...lines].join('\n\n'));
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
