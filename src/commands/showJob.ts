import { formatJson, formatJsonValue } from '../lib/formatJson.js';
import { formatNote } from '../core/logs/formatLog.js';
import { JobError } from '../core/domain/problem.js';
import type { CommandDeps } from './commandDeps.js';
import { getRowId, resolveTarget as one, resolveTargets } from './resolveTargets.js';

type ShowJobDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'clock'>;

/** Opens a job's submitted script, read-only. */
export async function openSubmittedScript(rows: readonly string[], ports: ShowJobDeps): Promise<void> {
  const { ui } = ports;
  const target = await one(rows, 'script', 'Show Script of Job', ports);
  const read = target?.backend.files?.script;
  if (!target || !read) return;
  const { job } = target;
  const script = await ui.progress(`Reading ${job.name}`, (signal) => read(job.id, signal));
  await ui.show({ title: `${job.id} ${script.name}`, about: getRowId(target), text: script.text });
}

/** Shows a job's result value; JSON is formatted. */
export async function showResults(rows: readonly string[], ports: ShowJobDeps): Promise<void> {
  const { ui } = ports;
  const target = await one(rows, 'results', 'Show Results', ports);
  if (target?.job.results === undefined) return;
  const { id, name, results } = target.job;
  const about = getRowId(target);
  const json = await formatJson(results);
  // A result that is not JSON is shown unchanged.
  const paper =
    json.kind === 'laidOut' ? { ending: 'json', text: `${json.text}\n` } : { ending: 'txt', text: results };
  if (json.kind === 'tooLong') void ui.showMessage('info', `The results of ${name} are too long to format.`);
  await ui.show({
    title: `Results of ${name} (${id}).${paper.ending}`,
    about,
    text: paper.text,
  });
}

/** Shows the backend's complete record of a job, including unknown fields. */
export async function showRecord(rows: readonly string[], ports: ShowJobDeps): Promise<void> {
  const { ui } = ports;
  const target = await one(rows, 'log', 'Show Raw Job Data', ports);
  if (!target) return;
  const { backend, job } = target;
  const fresh = await ui.progress(`Reading ${job.name}`, (signal) => backend.jobs.get(job.id, signal));
  const { raw } = fresh ?? job;
  // A cached job has no record.
  if (raw === undefined) throw new JobError({ kind: 'gone', name: job.name });
  const { kind, text } = await formatJsonValue(raw);
  const end = kind === 'tooLong' ? `${formatNote('truncated')}\n` : '';
  const title = `Raw data of ${job.name} (${job.id}).json`;
  await ui.show({ title, about: getRowId(target), text: `${text}\n${end}` });
  if (end !== '') void ui.showMessage('info', `The raw data of ${job.name} is too long to show completely.`);
}

/** Copies the ids of jobs in their backends, one per line. */
export async function copyJobId(rows: readonly string[], ports: ShowJobDeps): Promise<void> {
  const { ui, jobs, clock } = ports;
  const targets = await resolveTargets(rows, 'log', 'Copy Job ID', jobs, ui, clock);
  if (targets.length > 0) await ui.copy(targets.map(({ job }) => job.id).join('\n'));
}

/** Shows a job's folder in the file manager. */
export async function revealFolder(rows: readonly string[], ports: ShowJobDeps): Promise<void> {
  const { ui } = ports;
  const target = await one(rows, 'folder', 'Reveal Job Folder', ports);
  if (!target) return;
  const path = target.backend.files?.localFolder?.(target.job.id);
  if (path === undefined) throw new JobError({ kind: 'gone', name: target.job.name });
  await ui.reveal(path);
  await target.backend.files?.markSeen?.(target.job.id);
}
