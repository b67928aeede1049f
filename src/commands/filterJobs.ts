import { lookWord, type Filter } from '../core/presentation/filter.js';
import type { Look } from '../core/domain/job.js';
import type { Ui } from './ui.js';

const looks: readonly Look[] = ['queued', 'running', 'completed', 'failed', 'stopped', 'unknown'];

/** Prompts for states and a text to filter jobs by; undefined: dismissed, with no change. */
export async function askFilter(current: Filter, ui: Ui): Promise<Filter | undefined> {
  const items = looks.map((look) => ({ value: look, label: lookWord(look) }));
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
    const text = await ui.type(
      { title: 'Filter Jobs: Text', step: 2, of: 2, canGoBack: true },
      { initial: current.text, prompt: 'Part of the name, ID, or command; leave empty to show all' },
    );
    if (text.kind === 'left') return undefined;
    if (text.kind === 'value') {
      return { states: ticked.length === looks.length ? [] : ticked, text: text.value.trim() };
    }
  }
}
