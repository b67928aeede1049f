import type { StateStore } from '../core/domain/ports.js';
import type { CommandDeps } from './commandDeps.js';

type RepeatedClickDeps = Pick<CommandDeps, 'ui' | 'memory'>;

/** Two identical clicks within this time are one, unless the user says otherwise; in milliseconds. */
const doubleClickMs = 1_000;

interface LastClick {
  readonly subject: string;
  readonly atMs: number;
}

/** The last click in this window. It is not stored: only its time in this session matters. */
const lastClicks = new WeakMap<StateStore, LastClick>();

/**
 * Asks before the same is submitted twice within a second: the second click was probably part of a double
 * click. False: not to be submitted.
 */
export async function confirmRepeatedClick(
  name: string,
  subject: readonly string[],
  clicked: Date,
  { ui, memory }: RepeatedClickDeps,
): Promise<boolean> {
  const click: LastClick = { subject: JSON.stringify(subject), atMs: clicked.getTime() };
  const last = lastClicks.get(memory);
  lastClicks.set(memory, click);
  if (last?.subject !== click.subject || click.atMs - last.atMs > doubleClickMs) return true;
  const again = 'Submit Again';
  const detail = 'It was submitted less than a second ago.';
  return (await ui.confirm(`Submit ${name} again?`, detail, [again])) === again;
}
