import type { Backend, Request, Script } from '../../core/backend.js';
import { asJobId, type JobId } from '../../core/job.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import type { Ran } from '../hosts/run.js';
import { quoted } from '../hosts/quoting.js';
import { stoppable } from '../hosts/stoppable.js';
import type { Notes } from '../notes/notes.js';
import type { Calls } from './calls.js';
import { rememberedRequest, type SlurmNote } from './jobNote.js';
import { setupOf, submissionOf, type Place } from './options.js';
import { problemOf } from './problems.js';
import { removeOld, type Retention } from './retention.js';
import {
  stageAgain,
  stageBundle,
  stageScript,
  type Again,
  type Staged,
  type StagingParts,
} from './staging.js';

/** What submitting needs. */
export interface SubmittingParts {
  readonly calls: Calls;
  readonly staging: StagingParts;
  readonly notes: Notes<SlurmNote>;
  readonly retention: Retention;
  /** The id of the job whose folder this is, by a fresh look; undefined: there is none. */
  readonly find: (place: Place, signal: AbortSignal) => Promise<string | undefined>;
  readonly stir: () => void;
  readonly say: Say;
}

type Submitting = Required<Pick<Backend, 'submitScript' | 'submitBundle' | 'dryRun'>> & {
  /** Submits what a job was submitted with, as it was laid into its folder. */
  readonly submitAgain: (from: Again, request: Request, signal: AbortSignal) => Promise<JobId>;
};

/**
 * Submissions: the job's folder is made and filled, then `sbatch` is called once. What was laid down is removed again
 * where it refuses. Where the user stops it while sbatch runs, the job is cancelled as soon as it has a number.
 *
 * All throw {@link JobError} of kind `offline` (nothing was submitted), `refused`, `diskFull`, and `unclearSubmit` where
 * the answer never came and no job runs in the folder (yet).
 */
export function slurmSubmitting(parts: SubmittingParts): Submitting {
  const { staging } = parts;
  return {
    submitScript: async (script, request, signal) => {
      const staged = await laid(parts, stageScript(staging, script, setupOf(request), signal));
      return submit(parts, staged, request, script.name, signal);
    },
    submitBundle: async (bundle, entry, request, signal, report) => {
      const sending = stageBundle(staging, bundle, entry, setupOf(request), report, signal);
      const staged = await laid(parts, sending);
      return submit(parts, staged, request, entry, signal);
    },
    submitAgain: async (from, request, signal) => {
      const staged = await laid(parts, stageAgain(staging, from, setupOf(request), signal));
      return submit(parts, staged, request, from.script, signal);
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

/** Whoever sent much wants to know, when the way breaks, that there is no job. */
async function laid({ say }: SubmittingParts, staging: Promise<Staged>): Promise<Staged> {
  try {
    return await staging;
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind !== 'offline') throw error;
    const why = say('{0}. Nothing was submitted', error.problem.why);
    throw new JobError({ ...error.problem, why }, { cause: error });
  }
}

const stageFor = (
  { staging, say }: SubmittingParts,
  what: Script | string,
  bundle: Parameters<Submitting['dryRun']>[1],
  request: Request,
  signal: AbortSignal,
): Promise<Staged> => {
  const setup = setupOf(request);
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
  const { notes, stir } = parts;
  const { place, batch } = staged;
  const { argv, output, error } = submissionOf(request, batch.directives, place, ['--parsable']);
  const id = await sent(parts, staged, argv, request.env, signal);
  stir();
  const kept = rememberedRequest(request);
  await notes.put(id, {
    folder: place.folder,
    script,
    name: request.name,
    laid: staged.laid,
    ...(kept === undefined ? {} : { request: kept }),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
  });
  void removeOld(parts.staging.files, parts.retention);
  return asJobId(id);
}

/** Calls sbatch, once. Where its answer is lost, the job may be found by its folder, which no other has. */
async function sent(
  parts: SubmittingParts,
  staged: Staged,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const { calls, find, say } = parts;
  const { place } = calls;
  if (signal.aborted) await staged.discard();
  signal.throwIfAborted();
  // Once begun it is not broken off, or nobody knew whether there is a job.
  const sending = calls.tell(argv, never, env);
  let ran: Ran | undefined;
  try {
    ran = await stoppable(sending, signal);
  } catch (error) {
    if (signal.aborted) void takeBack(parts, staged, sending);
    else if (!isOffline(error)) await staged.discard();
    if (signal.aborted || !isOffline(error)) throw error;
  }
  if (ran && ran.code !== 0 && !isUnheard(ran)) {
    await staged.discard();
    throw problemOf(ran, place, '', say);
  }
  const id = ran && idIn(ran.output);
  const found = id ?? (await find(staged.place, signal).catch(() => undefined));
  if (found !== undefined) return found;
  throw new JobError(
    ran?.code === 0 ? { kind: 'badAnswer', place, what: 'sbatch' } : { kind: 'unclearSubmit', place },
  );
}

const never = new AbortController().signal;

const isOffline = (error: unknown): boolean => error instanceof JobError && error.problem.kind === 'offline';

/** The controller has heard it or not; its answer did not come. Source: Slurm's words for SLURM_PROTOCOL_SOCKET_IMPL_TIMEOUT. */
const isUnheard = ({ errors }: Ran): boolean => /timed out on send\/recv/i.test(errors);

/** The number of the job; a site may say things of its own before. Source: reference slurm.md, 3.1 and 17. */
const idIn = (output: string): string | undefined =>
  output
    .split('\n')
    .map((line) => /^(\d+)(?:;\S+)?\s*$/.exec(line)?.[1])
    .findLast((found) => found !== undefined);

/** The user does not want the job that sbatch is about to make. Where nobody knows of one, its folder stays. */
async function takeBack(
  { calls, stir }: SubmittingParts,
  staged: Staged,
  sending: Promise<Ran>,
): Promise<void> {
  try {
    const ran = await sending;
    const id = idIn(ran.output);
    if (ran.code === 0 && id === undefined) return;
    if (ran.code === 0 && id !== undefined) await calls.tell(['scancel', id], never).finally(stir);
    await staged.discard();
  } catch (error) {
    if (!isOffline(error)) await staged.discard();
  }
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
  const shown = argv
    .filter((word) => word !== '--test-only')
    .map((word) => word.replace(folder, '<folder>'))
    .map((word) => (/^[\w./:=,@%+<>-]+$/.test(word) ? word : quoted(word)));
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
