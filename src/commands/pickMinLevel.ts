import type { MinLogLevel } from '../core/logs/logLevels.js';
import type { UserInterface } from './ui.js';

/** Prompts for the minimum level of log lines to show; undefined: dismissed. */
export async function pickMinLevel(now: MinLogLevel, ui: UserInterface): Promise<MinLogLevel | undefined> {
  const labels: readonly (readonly [MinLogLevel, string])[] = [
    ['all', 'All Lines'],
    ['info', 'Info and Above'],
    ['warn', 'Warnings and Errors'],
    ['error', 'Errors Only'],
  ];
  const items = labels.map(([value, label]) => ({
    value,
    label,
    ...(value === now ? { description: 'now' } : {}),
  }));
  const answer = await ui.pick(
    { title: 'Filter Logs by Level' },
    items,
    'Lines without a level are always shown',
  );
  return answer.kind === 'value' ? answer.value : undefined;
}
