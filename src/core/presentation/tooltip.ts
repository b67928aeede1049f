import type { Backend } from '../domain/backend.js';
import { ageText, durationText } from './duration.js';
import { runningMs, type Job } from '../domain/job.js';
import { oneLine } from '../../lib/printable.js';
import { jobRowId } from './rowIds.js';
import { stateText, tasksText } from './state.js';

/** The maximum length of external text in a tooltip, in characters. */
const maxShown = 500;

/**
 * An icon reference that a tooltip would render, or a punctuation character. Source: VS Code
 * `src/vs/base/common/iconLabels.ts`.
 */
const iconOrMark = /\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)|[!-/:-@[-`{-~]/g;

/**
 * Converts external text into Markdown that shows exactly this text on one line. All punctuation becomes
 * character references, which no parser version interprets: in marked 14, which VS Code ships, an escaped `<`
 * still hides what follows, so that a code span reopens as a link. Newer versions decode the references, so
 * `$(name)` becomes `\$(name)`, which VS Code renders without an icon and without the backslash.
 */
export const plainInMarkdown = (text: string): string =>
  oneLine(text, maxShown).replace(iconOrMark, (mark, icon?: string) =>
    icon === undefined ? `&#${String(mark.charCodeAt(0))};` : `\\\\$\\(${icon.replace('~', '\\~')}\\)`,
  );

/** The details of a job as Markdown for a tooltip. Its only command is the link that copies the id. */
export function tooltipOf(backend: Backend, job: Job, stale: boolean, now: Date): string {
  const state = stateText(job.state);
  const word = job.state.word === state ? state : `${state} · ${job.state.word}`;
  const copy = inLink(JSON.stringify([jobRowId(backend.connection.id, job.id)]));
  const ran = runningMs(job, now);
  const groups: readonly (readonly string[])[] = [
    [
      `**${plainInMarkdown(job.name) || plainInMarkdown('?')}**`,
      plainInMarkdown(job.reason ? `${word} (${job.reason})` : word),
      ...(job.tasks ? [plainInMarkdown(`Tasks: ${tasksText(job.tasks)}`)] : []),
      `Job ${code(job.id)} [$(copy)](command:batchJobs.copyId?${copy} "Copy Job ID")`,
    ],
    times(job, now),
    lengths(job, ran),
    [
      ...(job.cost ? [plainInMarkdown(`Cost: ${job.cost}`)] : []),
      ...(job.endpoint ? [`Port: ${code(job.endpoint)}`] : []),
      ...job.resources.map(({ label, value }) => plainInMarkdown(`${label}: ${value}`)),
      ...(job.command ? [code(job.command)] : []),
    ],
    job.results ? [`Results: ${code(job.results)}`] : [],
    stale
      ? [`$(warning) Last known state: ${plainInMarkdown(backend.connection.title)} could not be reached.`]
      : [],
  ];
  // Lines within a group have no blank lines between them: a tooltip covers the rows below it.
  return groups
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('  \n'))
    .join('\n\n');
}

function times(job: Job, now: Date): readonly string[] {
  const line = (label: string, at: Date | undefined): readonly string[] =>
    at ? [plainInMarkdown(`${label}: ${clock(at)} (${ageText(at, now)})`)] : [];
  return [...line('Submitted', job.submitted), ...line('Started', job.started), ...line('Ended', job.ended)];
}

/** How long the job waited, ran and can run, and how its process ended. */
function lengths(job: Job, ran: number | undefined): readonly string[] {
  const { submitted, started, limitMs, exit } = job;
  const waited = submitted && started ? started.getTime() - submitted.getTime() : undefined;
  const told = [
    ...(waited === undefined ? [] : [`Waited: ${durationText(waited)}`]),
    ...(ran === undefined ? [] : [`Ran: ${durationText(ran)}`]),
    ...(limitMs === undefined ? [] : [limit(job, limitMs, ran)]),
    ...(exit?.code === undefined ? [] : [`Exit code: ${exit.code}`]),
    ...(exit?.signal ? [`Signal: ${exit.signal}`] : []),
  ];
  return told.map(plainInMarkdown);
}

function limit(job: Job, limitMs: number, ran: number | undefined): string {
  const whole = `Time limit: ${durationText(limitMs)}`;
  // Each task of an array has the whole limit.
  if (job.state.kind !== 'running' || ran === undefined || job.tasks) return whole;
  return `${whole} (${durationText(Math.max(0, limitMs - ran))} left)`;
}

/** True if a code span shows the text unchanged in any context. */
const isPlainCode = (text: string): boolean =>
  /^[\p{L}\p{N}_./=,+:;%@?'"-][\p{L}\p{N}_./=,+:;%@?'" …-]*$/u.test(text);

/** Code on one line, truncated. Text that could end a code span is shown without one. */
function code(text: string): string {
  const line = oneLine(text, 200);
  return isPlainCode(line) ? `\`${line}\`` : plainInMarkdown(line);
}

/** JSON as part of a link's URL. Parentheses, which would end it, are also encoded. */
const inLink = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const clock = (at: Date): string =>
  at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
