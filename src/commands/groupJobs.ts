import { jobGroupings, type JobGrouping } from '../core/presentation/jobGroups.js';
import type { StateStore } from '../core/domain/ports.js';
import type { UserInterface } from './ui.js';

const groupingKey = 'jobGrouping';

const groupingLabels: Readonly<Record<JobGrouping, string>> = {
  none: 'None',
  state: 'State',
  day: 'Day',
  folder: 'Folder',
  name: 'Name',
};

const groupingDescriptions: Readonly<Partial<Record<JobGrouping, string>>> = {
  day: 'when the job was submitted',
  folder: 'that the job was submitted from',
};

/** The grouping that was chosen last, in any window. */
export function readGrouping(memory: Pick<StateStore, 'get'>): JobGrouping {
  const stored = memory.get(groupingKey);
  return jobGroupings.find((grouping) => grouping === stored) ?? 'none';
}

/** Prompts for what to group jobs by, and remembers it; undefined: dismissed. */
export async function askGrouping(
  current: JobGrouping,
  { ui, memory }: { readonly ui: UserInterface; readonly memory: StateStore },
): Promise<JobGrouping | undefined> {
  const items = jobGroupings.map((value) => ({
    value,
    label: groupingLabels[value],
    ...(value === current
      ? { description: 'current', isActive: true as const }
      : { description: groupingDescriptions[value] ?? '' }),
  }));
  const answer = await ui.pick({ title: 'Group Jobs By' }, items);
  if (answer.kind !== 'value') return undefined;
  await memory.set(groupingKey, answer.value);
  return answer.value;
}

/** Prompts for the number of days after which finished jobs are hidden (0: never); undefined: dismissed. */
export async function askHideAfterDays(current: number, ui: UserInterface): Promise<number | undefined> {
  const answer = await ui.input(
    { title: 'Hide Older Jobs' },
    {
      initial: current > 0 ? String(current) : '',
      placeholder: '30',
      prompt: 'Hide jobs that ended more than this number of days ago; leave empty to show all',
      validate: (text) =>
        text.trim() === '' || /^\s*\d{1,4}\s*$/.test(text) ? undefined : 'Enter a number of days.',
    },
  );
  return answer.kind === 'value' ? Number(answer.value) : undefined;
}
