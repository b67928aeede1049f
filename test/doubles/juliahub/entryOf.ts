import { add } from './lifecycle.js';
import type { DoubleJob, State } from './state.js';
import { between, mark } from './wrapper.js';

/** Adds a line written by a job's process: printed text, or an entry of its logger. */
export function entryOf(state: State, job: DoubleJob, line: string): void {
  const at = line.indexOf(mark);
  if (at < 0) {
    add(state, job, line);
    return;
  }
  // Text printed without a line break is before the entry.
  if (at > 0) add(state, job, line.slice(0, at));
  const [level = '', message = '', module = '', file = '', place = '', ...values] = line
    .slice(at + 1)
    .split(between)
    .map(unescaped);
  add(state, job, message, {
    level,
    module,
    file,
    line: Number(place),
    keywords: Object.fromEntries(
      values.map((value) => [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)]),
    ),
  });
}

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
