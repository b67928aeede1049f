import { quoted } from '../../../remote/quoting.js';
import type { Ran } from '../../../remote/run.js';
import type { Calls } from '../calls.js';
import type { SubmitDialect } from '../dialect.js';
import type { Staged } from './staging.js';
import { batchName } from './submission.js';

/** What a dry run is told with. */
interface DryRunParts {
  readonly calls: Calls;
  readonly dialect: Pick<SubmitDialect, 'program' | 'tryOption'>;
}

/**
 * What would be submitted, with the scheduler's own estimate. Source of Slurm's: sbatch(1), --test-only.
 *
 * @param tried - Undefined: it was not tried.
 */
export function dryRunText(
  { batch, place: { folder } }: Staged,
  argv: readonly string[],
  tried: Ran | undefined,
  { calls, dialect }: DryRunParts,
): string {
  const { place, style } = calls;
  const { program, tryOption } = dialect;
  const said = (tried?.errors ?? '')
    .split('\n')
    .map((line) => (line.startsWith(`${program}: `) ? line.slice(program.length + 2) : line))
    .map((line) => line.replace(/^error: /, '').trim())
    .filter((line) => line !== '');
  const verdict = tried?.code === 0 ? `${style.title} would take it:` : `${style.title} would refuse it:`;
  const shown = argv
    .filter((word) => word !== tryOption)
    .map((word) => word.replace(folder, '<folder>'))
    .map((word) => (/^[\w./:=,@%+<>-]+$/.test(word) ? word : quoted(word)));
  return [
    `# ${
      tried
        ? `Nothing was submitted. The files were uploaded to ${place} for the test and then deleted.`
        : `Nothing was submitted. The files were sent to ${place} and removed again.`
    }`,
    '',
    ...(tried ? [`# ${verdict}`] : []),
    ...said.map((line) => `#   ${line} ${/ to start at /.test(line) ? '(UTC)' : ''}`.trimEnd()),
    '',
    shown.join(' \\\n    '),
    '',
    `# <folder>/${batchName}`,
    batch.text,
  ].join('\n');
}
