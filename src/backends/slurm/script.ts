import type { Script } from '../../core/domain/jobSpec.js';
import {
  leading,
  mayBeWrapped,
  noteText,
  programOf,
  repaired,
  type Batch,
} from '../scheduler/submit/batch.js';
import { wrapperOf } from '../scheduler/submit/wrapper.js';
import { readDirectives, removeWait, type Directives } from './directives.js';

/** The batch script for sbatch. */
export interface SlurmBatch extends Batch {
  readonly directives: Directives;
}

/** The job's ID inside the job, as a shell expression; for a task its array's ID with its index. */
export const jobId = '${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID-}}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}';

/**
 * True for scripts that sbatch accepts directly: shell scripts, and scripts with an interpreter line and directives.
 */
const isBatch = (name: string, text: string): boolean =>
  !mayBeWrapped(name) || (text.startsWith('#!') && text.includes('\n#SBATCH'));

/**
 * The batch script of a job: the user's own, corrected where sbatch would reject it; or, for a script in Julia,
 * Python, R or JavaScript, a generated one that runs it, with its leading `#SBATCH` lines.
 *
 * @param path - The script's absolute path, which ends with its name, below the job's folder `work`.
 * @param setup - Setup commands, such as `module load julia`.
 */
export function batchOf({ name, text }: Script, path: string, setup: string): SlurmBatch {
  if (isBatch(name, text)) {
    const { text: whole, notes } = repaired(text, { fallbackShell: '/bin/bash' });
    const { text: mended, isChanged } = removeWait(whole);
    return {
      text: mended,
      directives: readDirectives(mended),
      notes: [
        ...notes.map((note) => noteText(note, 'sbatch')),
        ...(isChanged ? [waitText()] : []),
        ...(setup === '' ? [] : ['Setup commands are ignored: scripts with a shebang run unchanged.']),
      ],
    };
  }
  const { text: beginning, isChanged } = removeWait(leading(text).join('\n'));
  return {
    text: wrapperOf({
      name,
      path,
      program: programOf(name) ?? '/bin/sh',
      jobId,
      directives: beginning.split('\n').filter((line) => /^#(SBATCH|PBS)/.test(line)),
      setup,
    }),
    directives: readDirectives(beginning),
    notes: isChanged ? [waitText()] : [],
  };
}

const waitText = (): string => '--wait removed; it would keep the submission open until the job finishes.';

/** The options that a script sets itself, as on a command line. */
export const directiveTexts = ({ options }: Directives): readonly string[] =>
  options.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
