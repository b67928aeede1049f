import { omitSecretValues } from '../../../lib/secretValues.js';
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
  const shown = formatCommand(
    argv.filter((word) => word !== tryOption),
    folder,
  );
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
    shown,
    '',
    `# <folder>/${batchFileName}`,
    batch.text,
  ].join('\n');
}

/** A command line with one option per line. */
const formatCommand = (argv: readonly string[], folder: string): string =>
  argv
    .map((word) => word.replace(folder, '<folder>'))
    .map((word) => (/^[\w./:=,@%+<>-]+$/.test(word) ? word : quoteWord(word)))
    .join(' \\\n    ');

/** The report of a rejected submission: the command line, without secrets, and what it printed. */
export function formatRejection(
  argv: readonly string[],
  folder: string,
  { code, errors }: Pick<RunResult, 'code' | 'errors'>,
): string {
  const { args } = omitSecretValues(argv, {});
  const said = errors.trim() === '' ? 'no output' : errors.trim();
  return `${formatCommand(args, folder)}\n\n${said}\n\nexit code ${String(code)}\n`;
}
