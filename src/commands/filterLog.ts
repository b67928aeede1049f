import type { LeastLevel } from '../core/logs/logLevels.js';
import type { Ui } from './ui.js';

/** Asks below which level lines of logs are left out; undefined: dismissed. */
export async function askLeastLevel(now: LeastLevel, ui: Ui): Promise<LeastLevel | undefined> {
  const { say } = ui;
  const labels: readonly (readonly [LeastLevel, string])[] = [
    ['all', say('All Lines')],
    ['info', say('Info and Above')],
    ['warn', say('Warnings and Errors')],
    ['error', say('Errors Only')],
  ];
  const items = labels.map(([value, label]) => ({
    value,
    label,
    ...(value === now ? { description: say('now') } : {}),
  }));
  const answer = await ui.pick(
    { title: say('Filter Logs by Level') },
    items,
    say('Lines that a job prints without a level are always shown'),
  );
  return answer.kind === 'value' ? answer.value : undefined;
}
