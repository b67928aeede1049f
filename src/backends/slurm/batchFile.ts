import type { Script } from '../../core/domain/jobSpec.js';
import {
  getLeadingLines,
  canBeWrapped,
  formatNormalization,
  getInterpreter,
  normalizeScript,
  type BatchFile,
} from '../scheduler/submit/batchFile.js';
import { createWrapperScript } from '../scheduler/submit/wrapperScript.js';
import { parseDirectives, removeWait, type ScriptDirectives } from './directives.js';

/** The batch script for sbatch. */
export interface SlurmBatchFile extends BatchFile {
  readonly directives: ScriptDirectives;
}

/** The job's ID inside the job, as a shell expression; for a task its array's ID with its index. */
export const jobIdExpression =
  '${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID-}}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}';

/**
 * True for scripts that sbatch accepts directly: shell scripts, and scripts with an interpreter line and directives.
 */
const isBatchScript = (name: string, text: string): boolean =>
  !canBeWrapped(name) || (text.startsWith('#!') && text.includes('\n#SBATCH'));

/**
 * The batch script of a job: the user's own, corrected where sbatch would reject it; or, for a script in Julia,
 * Python, R or JavaScript, a generated one that runs it, with its leading `#SBATCH` lines.
 *
 * @param path - The script's absolute path, which ends with its name, below the job's folder `work`.
 * @param setup - Setup commands, such as `module load julia`.
 */
export function createSlurmBatchFile({ name, text }: Script, path: string, setup: string): SlurmBatchFile {
  if (isBatchScript(name, text)) {
    const { text: whole, notes } = normalizeScript(text, { fallbackShell: '/bin/bash' });
    const { text: mended, isChanged } = removeWait(whole);
    return {
      text: mended,
      directives: parseDirectives(mended),
      notes: [
        ...notes.map((note) => formatNormalization(note, 'sbatch')),
        ...(isChanged ? [formatWaitRemoved()] : []),
        ...(setup === '' ? [] : ['Setup commands are ignored: scripts with a shebang run unchanged.']),
      ],
    };
  }
  const { text: beginning, isChanged } = removeWait(getLeadingLines(text).join('\n'));
  return {
    text: createWrapperScript({
      name,
      path,
      program: getInterpreter(name) ?? '/bin/sh',
      jobId: jobIdExpression,
      directives: beginning.split('\n').filter((line) => /^#(SBATCH|PBS)/.test(line)),
      setup,
    }),
    directives: parseDirectives(beginning),
    notes: isChanged ? [formatWaitRemoved()] : [],
  };
}

const formatWaitRemoved = (): string =>
  '--wait removed; it would keep the submission open until the job finishes.';

/** The options that a script sets itself, as on a command line. */
export const formatDirectives = ({ options }: ScriptDirectives): readonly string[] =>
  options.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
