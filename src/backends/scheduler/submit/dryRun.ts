import type { Say } from '../../../lib/say.js';
import { quoted } from '../../../remote/quoting.js';
import type { Ran } from '../../../remote/run.js';
import type { Staged } from './staging.js';

/** What would be submitted, with Slurm's own estimate. Source: sbatch(1), --test-only. */
export function dryRunText(
  { batch, place: { folder } }: Staged,
  argv: readonly string[],
  { code, errors }: Ran,
  { place, say }: { readonly place: string; readonly say: Say },
): string {
  const said = errors
    .split('\n')
    .map((line) => line.replace(/^sbatch: (error: )?/, '').trim())
    .filter((line) => line !== '');
  const verdict = code === 0 ? say('Slurm would take it:') : say('Slurm would refuse it:');
  const shown = argv
    .filter((word) => word !== '--test-only')
    .map((word) => word.replace(folder, '<folder>'))
    .map((word) => (/^[\w./:=,@%+<>-]+$/.test(word) ? word : quoted(word)));
  return [
    `# ${say('Nothing was submitted. The files were sent to {0}, tried, and removed again.', place)}`,
    '',
    `# ${verdict}`,
    ...said.map((line) => `#   ${line} ${/ to start at /.test(line) ? '(UTC)' : ''}`.trimEnd()),
    '',
    shown.join(' \\\n    '),
    '',
    `# <folder>/job.sh`,
    batch.text,
  ].join('\n');
}
