import * as z from 'zod/mini';
import type { Backend, Request, Script } from '../../core/backend.js';
import { asJobId, type JobId } from '../../core/job.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import type { Ran } from '../hosts/run.js';
import type { Notes } from '../notes/notes.js';
import type { Calls } from './calls.js';
import { submissionOf } from './options.js';
import { problemOf } from './problems.js';
import { removeOld, type Retention } from './retention.js';
import { stageBundle, stageScript, type Staged, type StagingParts } from './staging.js';

/** What is remembered of a job that was submitted here, or whose log was once found. */
export const SlurmNote = z.object({
  /** Its folder on the cluster, absolute; absent: it is not one of ours. */
  folder: z.optional(z.string()),
  /** The pattern of its output, absolute. */
  output: z.optional(z.string()),
  error: z.optional(z.string()),
  /** The script's name, below the folder it runs in. */
  script: z.optional(z.string()),
  name: z.optional(z.string()),
});
export type SlurmNote = z.infer<typeof SlurmNote>;

/** What submitting needs. */
export interface SubmittingParts {
  readonly calls: Calls;
  readonly staging: StagingParts;
  readonly notes: Notes<SlurmNote>;
  readonly retention: Retention;
  /** The id of a job that runs in this folder; undefined: there is none. */
  readonly findByFolder: (work: string, signal: AbortSignal) => Promise<string | undefined>;
  readonly stir: () => void;
  readonly say: Say;
}

type Submitting = Required<Pick<Backend, 'submitScript' | 'submitBundle' | 'dryRun'>>;

/**
 * Submissions: the job's folder is made and filled, then `sbatch` is called once. What was laid down is removed again
 * where it refuses.
 *
 * All throw {@link JobError} of kind `offline` (nothing was submitted), `refused`, `diskFull`, and `unclearSubmit` where
 * the answer never came and no job runs in the folder (yet).
 */
export function slurmSubmitting(parts: SubmittingParts): Submitting {
  const { staging } = parts;
  const setupOf = ({ options }: Request): string => (options['setup'] ?? '').trim();
  return {
    submitScript: async (script, request, signal) => {
      const staged = await stageScript(staging, script, setupOf(request), signal);
      return submit(parts, staged, request, script.name, signal);
    },
    submitBundle: async (bundle, entry, request, signal, report) => {
      const staged = await stageBundle(staging, bundle, entry, setupOf(request), report, signal);
      return submit(parts, staged, request, entry, signal);
    },
    dryRun: async (work, bundle, request, signal) => {
      if (work.kind === 'application') throw new RangeError('no applications here');
      const staged = await stageFor(
        parts,
        work.kind === 'script' ? work.script : work.entry,
        bundle,
        request,
        signal,
      );
      try {
        const { argv } = submissionOf(request, staged.batch.directives, staged.place, ['--test-only']);
        const tested = await parts.calls.ask(argv, signal);
        return dryRunText(staged, argv, tested, parts);
      } finally {
        await staged.discard();
      }
    },
  };
}

const stageFor = (
  { staging, say }: SubmittingParts,
  what: Script | string,
  bundle: Parameters<Submitting['dryRun']>[1],
  request: Request,
  signal: AbortSignal,
): Promise<Staged> => {
  const setup = (request.options['setup'] ?? '').trim();
  if (typeof what !== 'string') return stageScript(staging, what, setup, signal);
  if (bundle) return stageBundle(staging, bundle, what, setup, undefined, signal);
  throw new JobError({ kind: 'invalid', why: say('There is no bundle to try.') });
};

async function submit(
  parts: SubmittingParts,
  staged: Staged,
  request: Request,
  script: string,
  signal: AbortSignal,
): Promise<JobId> {
  const { calls, notes, stir, say } = parts;
  const { place } = staged;
  const { argv, output } = submissionOf(request, staged.batch.directives, place);
  const id = await sent(parts, staged, argv, request.env, signal);
  stir();
  await notes.put(id, {
    folder: place.folder,
    script,
    name: request.name,
    ...(output === undefined ? {} : { output }),
  });
  void removeOld(calls, parts.retention, say);
  return asJobId(id);
}

/** Calls sbatch, once. Where its answer is lost, the job may be found by its folder, which no other has. */
async function sent(
  { calls, findByFolder, say }: SubmittingParts,
  staged: Staged,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  let ran: Ran;
  try {
    ran = await calls.tell(argv.with(0, 'sbatch').toSpliced(1, 0, '--parsable'), signal, env);
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind !== 'offline') {
      await staged.discard();
      throw error;
    }
    const found = await findByFolder(staged.place.work, signal).catch(() => undefined);
    if (found !== undefined) return found;
    throw new JobError({ kind: 'unclearSubmit', place: calls.place }, { cause: error });
  }
  // A site may say things of its own before. Source: reference slurm.md, 3.1 and 17.
  const id = ran.output
    .split('\n')
    .map((line) => /^(\d+)(?:;\S+)?\s*$/.exec(line)?.[1])
    .findLast((found) => found !== undefined);
  if (ran.code === 0 && id !== undefined) return id;
  await staged.discard();
  throw ran.code === 0
    ? new JobError({ kind: 'badAnswer', place: calls.place, what: 'sbatch' })
    : problemOf(ran, calls.place, '', say);
}

/** What would be submitted, with Slurm's own estimate. Source: sbatch(1), --test-only. */
function dryRunText(
  { batch, place }: Staged,
  argv: readonly string[],
  { code, errors }: Ran,
  { say, calls }: SubmittingParts,
): string {
  const folder = place.folder;
  const said = errors
    .split('\n')
    .map((line) => line.replace(/^sbatch: (error: )?/, '').trim())
    .filter((line) => line !== '');
  const verdict = code === 0 ? say('Slurm would take it:') : say('Slurm would refuse it:');
  const shown = argv.filter((word) => word !== '--test-only').map((word) => word.replace(folder, '<folder>'));
  return [
    `# ${say('Nothing was submitted. The files were sent to {0}, tried, and removed again.', calls.place)}`,
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
