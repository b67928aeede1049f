import type { Fact, Request, Work } from '../../core/domain/jobSpec.js';
import { JobError } from '../../core/domain/problem.js';
import { pathIn } from '../../lib/node/programs.js';
import { interpreterFor } from './interpreter.js';
import { mendingText, mendScript } from './mending.js';
import type { Looking } from './queries.js';
import { activeJobs } from './queue.js';
import type { Machine } from './submission.js';

/**
 * What will run the work, and whether it has to wait.
 *
 * @throws {@link JobError} of kind `missingTool`, `noInterpreter`; of a bundle's script that cannot be read yet
 * nothing is known before it is unpacked.
 */
export async function factsOf(
  work: Work,
  request: Request,
  machine: Machine,
  { spool, dispatch }: Pick<Looking, 'spool' | 'dispatch'>,
): Promise<readonly Fact[]> {
  if (work.kind !== 'script' && work.kind !== 'bundle') return [];
  const name = work.kind === 'script' ? work.script.name : work.entry;
  const sent = mendScript(name, (work.kind === 'script' ? work.script.text : work.text) ?? '');
  const path = pathIn(request.env) ?? pathIn(machine.env);
  const found = await interpreterFor(name, sent.text, machine.interpreters, path).catch((error: unknown) => {
    const isOpen = error instanceof JobError && error.problem.kind === 'noInterpreter';
    if (work.kind === 'bundle' && isOpen) return undefined;
    throw error;
  });
  const interpreter = found && { label: 'Interpreter', text: [found.program, ...found.args].join(' ') };
  const most = dispatch()?.maxRunning;
  const before = (await activeJobs(spool)).length;
  const mustWait = most !== undefined && before >= most;
  const queue = { label: 'Queue', text: `starts after ${before - (most ?? 0) + 1} of ${before} jobs` };
  const mended = sent.mendings.map((mending) => ({
    label: 'Mended',
    text: mendingText(mending),
    warning: true as const,
  }));
  return [...(interpreter ? [interpreter] : []), ...mended, ...(mustWait ? [queue] : [])];
}
