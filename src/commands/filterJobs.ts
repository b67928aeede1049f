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

/** Prompts for a text and states to filter jobs by; undefined: dismissed, with no change. */
export async function askFilter(current: JobFilter, ui: UserInterface): Promise<JobFilter | undefined> {
  const items = filterStatuses.map((look) => ({ value: look, label: getStatusLabel(look) }));
  const answer = await ui.pickManyWithText(
    { title: 'Filter Jobs' },
    items,
    current.states,
    current.text,
    'Type part of a name, ID, or command; select states to show only those',
  );
  if (answer.kind !== 'value') return undefined;
  const { chosen, text } = answer.value;
  return { states: chosen.length === filterStatuses.length ? [] : chosen, text: text.trim() };
}
