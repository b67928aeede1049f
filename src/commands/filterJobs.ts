import { getStatusLabel, type JobFilter } from '../core/presentation/jobFilter.js';
import type { JobStatus } from '../core/domain/job.js';
import type { UserInterface } from './ui.js';

const filterStatuses: readonly JobStatus[] = [
  'queued',
  'running',
  'completed',
  'failed',
  'stopped',
  'unknown',
];

/** Prompts for states and a text to filter jobs by; undefined: dismissed, with no change. */
export async function askFilter(current: JobFilter, ui: UserInterface): Promise<JobFilter | undefined> {
  const items = filterStatuses.map((look) => ({ value: look, label: getStatusLabel(look) }));
  let ticked = current.states;
  for (;;) {
    const states = await ui.pickMany(
      { title: 'Filter Jobs: States', step: 1, of: 2 },
      items,
      ticked,
      'Show only jobs in these states; select none to show all',
    );
    if (states.kind !== 'value') return undefined;
    ticked = states.value;
    const text = await ui.input(
      { title: 'Filter Jobs: Text', step: 2, of: 2, canGoBack: true },
      { initial: current.text, prompt: 'Part of the name, ID, or command; leave empty to show all' },
    );
    if (text.kind === 'left') return undefined;
    if (text.kind === 'value') {
      return { states: ticked.length === filterStatuses.length ? [] : ticked, text: text.value.trim() };
    }
  }
}
