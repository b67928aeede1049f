import type { Job } from './job.js';
import { printable } from './printable.js';
import type { Say } from './say.js';
import { lookName, stateText, type Look } from './state.js';

/** Which jobs are shown. */
export interface Filter {
  /** Found in the name, id, command or state, whatever the case; empty: all. */
  readonly text: string;
  /** Shown states; empty: all. */
  readonly states: readonly Look[];
}

/** Shows all. */
export const noFilter: Filter = { text: '', states: [] };

/** True where a filter hides anything at all. */
export const isOn = (filter: Filter): boolean => filter.text !== '' || filter.states.length > 0;

/** True where a job is to be shown. */
export function passes(filter: Filter, job: Job): boolean {
  if (filter.states.length > 0 && !filter.states.includes(lookName(job.state))) return false;
  const wanted = filter.text.toLowerCase();
  return (
    wanted === '' ||
    [job.name, job.id, job.command ?? '', job.state.word].some((text) => text.toLowerCase().includes(wanted))
  );
}

/** A filter in words: `running, failed · "fit"`. */
export function filterText(filter: Filter, say: Say): string {
  const states = filter.states.map((look) => lookWord(look, say).toLowerCase()).join(', ');
  return [states, filter.text === '' ? '' : `"${printable(filter.text)}"`]
    .filter((part) => part !== '')
    .join(' · ');
}

/** The word for one of the states that can be filtered by. */
export function lookWord(look: Look, say: Say): string {
  switch (look) {
    case 'queued':
    case 'running':
      return stateText({ kind: look, word: look }, say);
    case 'unknown':
      return say('Other');
    default:
      return stateText({ kind: 'ended', word: look, outcome: look }, say);
  }
}
