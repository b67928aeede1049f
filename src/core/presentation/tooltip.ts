import type { Backend } from '../domain/backend.js';
import { ageText, durationText } from './duration.js';
import { runningMs, type Job } from '../domain/job.js';
import { oneLine } from '../../lib/printable.js';
import { jobRowId } from './rowIds.js';
import { stateText, tasksText } from './state.js';

/** The longest text from outside in a tooltip, in characters. */
const maxShown = 500;

/** What a tooltip would draw as an icon, or else one mark. Source: VS Code `src/vs/base/common/iconLabels.ts`. */
const iconOrMark = /\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)|[!-/:-@[-`{-~]/g;

/**
 * A text from outside as Markdown that shows exactly it, on one line. All punctuation becomes character references, which
 * no version of a parser takes as its own: in marked 14, which VS Code ships, an escaped `<` still hides what follows, so
 * that a code span opens again as a link. Newer versions decode the references, so `$(name)` comes out as `\$(name)`, of
 * which VS Code draws no icon and shows no backslash.
 */
export const plainInMarkdown = (text: string): string =>
  oneLine(text, maxShown).replace(iconOrMark, (mark, icon?: string) =>
    icon === undefined ? `&#${String(mark.charCodeAt(0))};` : `\\\\$\\(${icon.replace('~', '\\~')}\\)`,
  );

/** What is known of a job, as Markdown for a tooltip. Holds nothing that could run a command but the link to copy its id. */
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
      ? [`$(warning) Last known state; ${plainInMarkdown(backend.connection.title)} is unreachable.`]
      : [],
  ];
  // Lines of a group stand close together: a tooltip covers the rows below it.
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

/** How long it waited, ran and may run, and how its process ended. */
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
  // Each task of an array has the whole of it.
  if (job.state.kind !== 'running' || ran === undefined || job.tasks) return whole;
  return `${whole} (${durationText(Math.max(0, limitMs - ran))} left)`;
}

/** What a code span shows as it is, whatever stands around it. */
const isPlainCode = (text: string): boolean =>
  /^[\p{L}\p{N}_./=,+:;%@?'"-][\p{L}\p{N}_./=,+:;%@?'" …-]*$/u.test(text);

/** Code on one line, cut: a tooltip is no place for a long one. What could end a code span is shown without one. */
function code(text: string): string {
  const line = oneLine(text, 200);
  return isPlainCode(line) ? `\`${line}\`` : plainInMarkdown(line);
}

/** JSON as part of a link's address: brackets, which end it, are encoded as well. */
const inLink = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const clock = (at: Date): string =>
  at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
