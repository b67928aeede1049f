import type { CommandDeps } from './commandDeps.js';
import { resolveTarget, resolveTargets } from './resolveTargets.js';

type OrganizeJobsDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'clock' | 'details'>;

/** The maximum length of a label, in characters: a row shows far fewer. */
const maxLabelChars = 200;

/** Pins jobs, so that they are shown before all others. */
export const pinJobs = (rows: readonly string[], ports: OrganizeJobsDeps): Promise<void> =>
  setPinned(true, rows, ports);

/** Shows pinned jobs at their usual place again. */
export const unpinJobs = (rows: readonly string[], ports: OrganizeJobsDeps): Promise<void> =>
  setPinned(false, rows, ports);

async function setPinned(
  isPinned: boolean,
  rows: readonly string[],
  { ui, jobs, clock, details }: OrganizeJobsDeps,
): Promise<void> {
  const title = isPinned ? 'Pin Job' : 'Unpin Job';
  for (const { backend, job } of await resolveTargets(rows, 'log', title, jobs, ui, clock))
    await details.update(
      backend.connection,
      job,
      isPinned ? { set: { isPinned } } : { remove: ['isPinned'] },
    );
}

/** Prompts for a label that is shown instead of the job's name; an empty one restores the name. */
export async function renameJob(rows: readonly string[], ports: OrganizeJobsDeps): Promise<void> {
  const { ui, details } = ports;
  const target = await resolveTarget(rows, 'log', 'Rename Job', ports);
  if (!target) return;
  const { backend, job } = target;
  const { label } = (await details.read(backend.connection, job)) ?? {};
  const answer = await ui.input(
    { title: `Rename ${job.name}` },
    {
      initial: label ?? job.name,
      placeholder: job.name,
      prompt: 'Shown only in VS Code; the job itself keeps its name. Leave empty to restore the name.',
      validate: (text) =>
        text.length > maxLabelChars ? `Enter at most ${String(maxLabelChars)} characters.` : undefined,
    },
  );
  if (answer.kind !== 'value') return;
  const wanted = answer.value.trim();
  if (wanted === (label ?? job.name)) return;
  const isOwnName = wanted === '' || wanted === job.name;
  await details.update(
    backend.connection,
    job,
    isOwnName ? { remove: ['label'] } : { set: { label: wanted } },
  );
}
