import type { ReviewItem, JobRequest, JobWorkload } from '../../core/domain/jobSpec.js';
import { JobError } from '../../core/domain/problem.js';
import { getPathVariable } from '../../lib/node/programs.js';
import { chooseInterpreter, type ChosenInterpreter } from './interpreter.js';
import { formatScriptFix, fixScript } from './scriptFixes.js';
import type { ReconcileDeps } from './queries.js';
import { listActiveLocalJobs } from './queue.js';
import type { LocalMachine } from './submission.js';

/**
 * The interpreter that will run the work.
 *
 * @returns undefined where it is not known before a bundle is unpacked.
 * @throws {@link JobError} of kind `missingTool`, `noInterpreter`.
 */
export async function chooseFor(
  work: JobWorkload,
  request: JobRequest,
  machine: LocalMachine,
): Promise<ChosenInterpreter | undefined> {
  const script = scriptIn(work);
  if (!script) return undefined;
  const path = getPathVariable(request.env) ?? getPathVariable(machine.env);
  const { text } = fixScript(script.name, script.text);
  return chooseInterpreter(script.name, text, machine.interpreters, path).catch((error: unknown) => {
    const isOpen = error instanceof JobError && error.problem.kind === 'noInterpreter';
    if (work.kind === 'bundle' && isOpen) return undefined;
    throw error;
  });
}

function scriptIn(work: JobWorkload): { readonly name: string; readonly text: string } | undefined {
  if (work.kind === 'script') return work.script;
  return work.kind === 'bundle' ? { name: work.entry, text: work.text ?? '' } : undefined;
}

/** The lines of the review: the interpreter, changes to the script, and the position in the queue. */
export async function createLocalReviewItems(
  work: JobWorkload,
  chosen: ChosenInterpreter | undefined,
  { spool, dispatch }: Pick<ReconcileDeps, 'spool' | 'dispatch'>,
): Promise<readonly ReviewItem[]> {
  const script = scriptIn(work);
  if (!script) return [];
  const sent = fixScript(script.name, script.text);
  const found = chosen?.interpreter;
  const interpreter = found && { label: 'Interpreter', text: [found.program, ...found.args].join(' ') };
  const most = dispatch()?.maxRunning;
  const before = (await listActiveLocalJobs(spool)).length;
  const mustWait = most !== undefined && before >= most;
  const queue = { label: 'Queue', text: `starts after ${before - (most ?? 0) + 1} of ${before} jobs` };
  const mended = sent.mendings.map((mending) => ({
    label: 'Fixed',
    text: formatScriptFix(mending),
    warning: true as const,
  }));
  return [...(interpreter ? [interpreter] : []), ...mended, ...(mustWait ? [queue] : [])];
}
