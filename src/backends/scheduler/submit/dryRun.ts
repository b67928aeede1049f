import { quoteWord } from '../../../remote/quoting.js';
import type { RunResult } from '../../../remote/runOnHost.js';
import type { SchedulerCalls } from '../schedulerCalls.js';
import type { SubmitDialect } from '../dialect.js';
import type { StagedJob } from './staging.js';
import { batchFileName } from './submission.js';

/** Dependencies of a dry run. */
interface DryRunDeps {
  readonly calls: SchedulerCalls;
  readonly dialect: Pick<SubmitDialect, 'program' | 'tryOption'>;
}

/**
 * The text of a dry run: what would be submitted, and the scheduler's own estimate. Source for Slurm: sbatch(1),
 * --test-only.
 *
 * @param tried - Undefined if the scheduler was not called.
 */
export function formatDryRun(
  { batch, paths: { folder } }: StagedJob,
  argv: readonly string[],
  tried: RunResult | undefined,
  { calls, dialect }: DryRunDeps,
): string {
  const { place, style } = calls;
  const { program, tryOption } = dialect;
  const said = (tried?.errors ?? '')
    .split('\n')
    .map((line) => (line.startsWith(`${program}: `) ? line.slice(program.length + 2) : line))
    .map((line) => line.replace(/^error: /, '').trim())
    .filter((line) => line !== '');
  const verdict =
    tried?.code === 0 ? `${style.title} accepted the dry run:` : `${style.title} rejected the dry run:`;
  const shown = argv
    .filter((word) => word !== tryOption)
    .map((word) => word.replace(folder, '<folder>'))
    .map((word) => (/^[\w./:=,@%+<>-]+$/.test(word) ? word : quoteWord(word)));
  return [
    `# ${
      tried
        ? `Nothing was submitted. The files were uploaded to ${place} for the dry run and then deleted.`
        : `Nothing was submitted. The files were uploaded to ${place} and then deleted.`
    }`,
    '',
    ...(tried ? [`# ${verdict}`] : []),
    ...said.map((line) => `#   ${line} ${/ to start at /.test(line) ? '(UTC)' : ''}`.trimEnd()),
    '',
    shown.join(' \\\n    '),
    '',
    `# <folder>/${batchFileName}`,
    batch.text,
  ].join('\n');
}
