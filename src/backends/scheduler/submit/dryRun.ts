import { quoted } from '../../../remote/quoting.js';
import type { Ran } from '../../../remote/run.js';
import type { Calls } from '../calls.js';
import type { SubmitDialect } from '../dialect.js';
import type { Staged } from './staging.js';
import { batchName } from './submission.js';

/** Dependencies of a dry run. */
interface DryRunParts {
  readonly calls: Calls;
  readonly dialect: Pick<SubmitDialect, 'program' | 'tryOption'>;
}

/**
 * The text of a dry run: what would be submitted, and the scheduler's own estimate. Source for Slurm: sbatch(1),
 * --test-only.
 *
 * @param tried - Undefined if the scheduler was not called.
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
