import type { Job } from '../core/domain/job.js';
import type { Disposable } from '../lib/lifetime.js';
import { escapeMarkdown } from '../core/presentation/tooltip.js';
import { formatStatus } from '../core/presentation/statusText.js';
import { createStatusEntry } from './window.js';

/** The number of active jobs in the status bar and on the view's badge; hidden if there are none. */
export class ActiveJobsStatusBar implements Disposable {
  readonly #entry = createStatusEntry('batchJobs.active', 'Batch Jobs', 'batchJobs.jobs.focus');

  constructor(private readonly view: { readonly setBadge: (count: number, tooltip: string) => void }) {}

  /** Shows the number of `active` jobs and of `more` active jobs that are not listed. */
  show(active: readonly Job[], more: number): void {
    const count = active.length + more;
    const text = count === 1 ? '1 active job' : `${String(count)} active jobs`;
    this.view.setBadge(count, text);
    if (count === 0) {
      this.#entry.show(undefined);
      return;
    }
    const lines = active
      .slice(0, 15)
      .map((job) => `- ${escapeMarkdown(job.name)} — ${escapeMarkdown(formatStatus(job, new Date()))}`);
    this.#entry.show({
      icon: 'sync~spin',
      text: count === 1 ? '1 job' : `${String(count)} jobs`,
      ariaLabel: text,
      tooltip: [`**${text}**`, ...lines].join('\n\n'),
    });
  }

  dispose(): void {
    this.#entry.dispose();
  }
}
