import type { Backend } from '../domain/backend.js';
import { formatAge, formatDuration } from './formatting.js';
import { getRunTimeMs, isActive, type Job } from '../domain/job.js';
import type { JobMetadata } from '../domain/jobMetadata.js';
import { getRunFailure } from '../domain/jobFailure.js';
import { formatFailureExit, formatFailureWithPlace, isProbablyOutOfMemory } from './failureText.js';
import { hasSecret, isSecretName } from '../../lib/secretValues.js';
import { toOneLine } from '../../lib/sanitize.js';
import { toJobRowId } from './rowIds.js';
import { formatState, formatTaskCounts } from './statusText.js';

/** The maximum length of external text in a tooltip, in characters. */
const maxTooltipChars = 500;

/**
 * An icon reference that a tooltip would render, or a punctuation character. Source: VS Code
 * `src/vs/base/common/iconLabels.ts`.
 */
const iconOrMarkPattern = /\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)|[!-/:-@[-`{-~]/g;

/**
 * Converts external text into Markdown that shows exactly this text on one line. All punctuation becomes
 * character references, which no parser version interprets: in marked 14, which VS Code ships, an escaped `<`
 * still hides what follows, so that a code span reopens as a link. Newer versions decode the references, so
 * `$(name)` becomes `\$(name)`, which VS Code renders without an icon and without the backslash.
 */
export const escapeMarkdown = (text: string): string =>
  toOneLine(text, maxTooltipChars).replace(iconOrMarkPattern, (mark, icon?: string) =>
    icon === undefined ? `&#${String(mark.charCodeAt(0))};` : `\\\\$\\(${icon.replace('~', '\\~')}\\)`,
  );

/** The details of a job as Markdown for a tooltip. Its only command is the link that copies the id. */
export function createTooltip(
  backend: Backend,
  job: Job,
  stale: boolean,
  now: Date,
  metadata: JobMetadata = {},
  lastLines: readonly string[] = [],
): string {
  const state = formatState(job.state);
  const word = job.state.word === state ? state : `${state} · ${job.state.word}`;
  const copy = encodeLinkArgument(JSON.stringify([toJobRowId(backend.connection.id, job.id)]));
  const ran = getRunTimeMs(job, now);
  const groups: readonly (readonly string[])[] = [
    [
      `**${escapeMarkdown(job.name) || escapeMarkdown('?')}**`,
      escapeMarkdown(job.reason ? `${word} (${job.reason})` : word),
      ...(job.tasks ? [escapeMarkdown(`Tasks: ${formatTaskCounts(job.tasks)}`)] : []),
      `Job ${formatCode(job.id)} [$(copy)](command:batchJobs.copyId?${copy} "Copy Job ID")`,
    ],
    formatFailureLines(job, metadata),
    formatTimes(job, now),
    formatDurations(job, ran),
    [
      ...(job.cost ? [escapeMarkdown(`Cost: ${job.cost}`)] : []),
      ...(job.endpoint ? [`Port: ${formatCode(job.endpoint)}`] : []),
      ...job.resources.map(({ label, value }) => escapeMarkdown(`${label}: ${value}`)),
      ...(job.command ? [formatCode(job.command)] : []),
      ...formatEnvironment(job.inputs),
    ],
    job.results ? [`Results: ${formatCode(job.results)}`] : [],
    metadata.repeated && metadata.repeated.length > 0
      ? [escapeMarkdown(`Repeated from the last submission: ${metadata.repeated.join(', ')}`)]
      : [],
    formatLastLines(lastLines),
    stale && isActive(job)
      ? [`$(warning) Last known state: ${escapeMarkdown(backend.connection.title)} could not be reached.`]
      : [],
  ];
  // Lines within a group have no blank lines between them: a tooltip covers the rows below it.
  return groups
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('  \n'))
    .join('\n\n');
}

/** Why the job failed: the error in its log, or the suspicion that memory ran out. */
function formatFailureLines(job: Job, metadata: JobMetadata): readonly string[] {
  const { text, file, line } = getRunFailure(job, metadata) ?? {};
  const error = text === undefined ? [] : [formatFailureWithPlace({ text, file, line })];
  const killed = isProbablyOutOfMemory(job) ? [formatFailureExit(job) ?? ''] : [];
  return [...killed, ...error].map((reason) => `$(error) ${escapeMarkdown(reason)}`);
}

/** The variables of the job, without the values of secrets. */
function formatEnvironment(inputs: Job['inputs']): readonly string[] {
  const values = Object.entries(inputs).map(
    ([name, value]) => `${name}=${isSecretName(name) || hasSecret(value) ? '•••' : value}`,
  );
  return values.length === 0 ? [] : [`Environment: ${formatCode(values.join(' '))}`];
}

/** The last lines of the log, one below the other. */
const formatLastLines = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['Log:', ...lines.map(formatCode)];

function formatTimes(job: Job, now: Date): readonly string[] {
  const line = (label: string, at: Date | undefined): readonly string[] =>
    at ? [escapeMarkdown(`${label}: ${formatDateTime(at)} (${formatAge(at, now)})`)] : [];
  return [...line('Submitted', job.submitted), ...line('Started', job.started), ...line('Ended', job.ended)];
}

/** How long the job waited, ran and can run, and how its process ended. */
function formatDurations(job: Job, ran: number | undefined): readonly string[] {
  const { submitted, started, limitMs, exit } = job;
  const waited = submitted && started ? started.getTime() - submitted.getTime() : undefined;
  const told = [
    ...(waited === undefined ? [] : [`Waited: ${formatDuration(waited)}`]),
    ...(ran === undefined ? [] : [`Ran: ${formatDuration(ran)}`]),
    ...(limitMs === undefined ? [] : [formatTimeLimit(job, limitMs, ran)]),
    ...(exit?.code === undefined ? [] : [`Exit code: ${exit.code}`]),
    ...(exit?.signal ? [`Signal: ${exit.signal}`] : []),
  ];
  return told.map(escapeMarkdown);
}

function formatTimeLimit(job: Job, limitMs: number, ran: number | undefined): string {
  const whole = `Time limit: ${formatDuration(limitMs)}`;
  // Each task of an array has the whole limit.
  if (job.state.kind !== 'running' || ran === undefined || job.tasks) return whole;
  return `${whole} (${formatDuration(Math.max(0, limitMs - ran))} left)`;
}

/** True if a code span shows the text unchanged in any context. */
const isPlainCode = (text: string): boolean =>
  /^[\p{L}\p{N}_./=,+:;%@?'"-][\p{L}\p{N}_./=,+:;%@?'" …-]*$/u.test(text);

/** Code on one line, truncated. Text that could end a code span is shown without one. */
function formatCode(text: string): string {
  const line = toOneLine(text, 200);
  return isPlainCode(line) ? `\`${line}\`` : escapeMarkdown(line);
}

/** JSON as part of a link's URL. Parentheses, which would end it, are also encoded. */
const encodeLinkArgument = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const formatDateTime = (at: Date): string =>
  at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
