import type { Backend } from './backend.js';
import { ageText, durationText } from './duration.js';
import { runningMs, type Job } from './job.js';
import { stateText } from './state.js';
import type { Say } from './say.js';

/** Characters that Markdown or the tooltip's icon syntax would take as its own. */
const special = /[\\`*_{}[\]()#+\-.!|<>$~&]/g;

/** A text from outside as Markdown that shows exactly it, on one line. */
export const plainInMarkdown = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out.
  text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replace(special, '\\$&');

/** What is known of a job, as Markdown for a tooltip. Holds nothing that could run a command but the link to copy its id. */
export function tooltipOf(backend: Backend, job: Job, stale: boolean, now: Date, say: Say): string {
  const state = stateText(job.state, say);
  const word = job.state.word === state ? state : `${state} · ${job.state.word}`;
  const copy = encodeURIComponent(JSON.stringify([`${backend.connection.id}/${job.id}`]));
  const lines: string[] = [
    `**${plainInMarkdown(job.name)}**`,
    `${plainInMarkdown(job.reason ? `${word} (${job.reason})` : word)}`,
    `${say('Job')} \`${job.id.replaceAll('`', "'")}\` [$(copy)](command:batchJobs.copyId?${copy} "${say('Copy Job ID')}")`,
    ...times(job, now, say),
    ...job.resources.map(({ label, value }) => plainInMarkdown(`${label}: ${value}`)),
    ...(job.command ? [code(job.command)] : []),
    ...(job.results !== undefined ? [`${say('Results')}: ${code(job.results)}`] : []),
    ...(stale
      ? [
          `$(warning) ${say('As last known: {0} cannot be reached.', plainInMarkdown(backend.connection.title))}`,
        ]
      : []),
  ];
  return lines.join('\n\n');
}

function times(job: Job, now: Date, say: Say): readonly string[] {
  const lines: string[] = [];
  const ran = runningMs(job, now);
  const line = (label: string, at: Date): void => {
    lines.push(plainInMarkdown(`${label}: ${clock(at)} (${ageText(at, now, say)})`));
  };
  if (job.submitted) line(say('Submitted'), job.submitted);
  if (job.started) line(say('Started'), job.started);
  if (job.ended) line(say('Ended'), job.ended);
  if (job.submitted && job.started) {
    lines.push(
      plainInMarkdown(
        `${say('Waited')}: ${durationText(job.started.getTime() - job.submitted.getTime(), say)}`,
      ),
    );
  }
  if (ran !== undefined) lines.push(plainInMarkdown(`${say('Ran')}: ${durationText(ran, say)}`));
  if (job.limitMs !== undefined) lines.push(plainInMarkdown(limit(job, job.limitMs, ran, say)));
  if (job.exit?.code !== undefined) lines.push(`${say('Exit code')}: ${job.exit.code}`);
  if (job.exit?.signal) lines.push(`${say('Signal')}: ${plainInMarkdown(job.exit.signal)}`);
  return lines;
}

function limit(job: Job, limitMs: number, ran: number | undefined, say: Say): string {
  const whole = `${say('Time limit')}: ${durationText(limitMs, say)}`;
  if (job.state.kind !== 'running' || ran === undefined) return whole;
  return `${whole} (${say('{0} left', durationText(Math.max(0, limitMs - ran), say))})`;
}

/** Code on one line, cut: a tooltip is no place for a long one. */
function code(text: string): string {
  const flat = text.replace(/\s+/g, ' ').replaceAll('`', "'");
  return `\`${flat.length > 200 ? `${flat.slice(0, 199)}…` : flat}\``;
}

const clock = (at: Date): string =>
  at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
