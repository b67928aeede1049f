import { readableName } from '../lib/byteNames.js';
import type { JobFile } from '../core/domain/job.js';
import type { HeldBack } from '../core/domain/ports.js';
import { printable } from '../lib/printable.js';
import { effectOf, effectsOf } from '../lib/toolNames.js';
import type { Ui } from './ui.js';
import { createAbortError } from '../lib/abort.js';

/** A name from outside for people, on one line. */
export const shownName = (name: string): string => printable(readableName(name));

/** The first of some names, one a line. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(shownName);
  return names.length > shown.length ? `${shown.join('\n')}\n…` : shown.join('\n');
}

/** A user who leaves a question in the midst of something that is to end then. */
export const leave = (): Error => createAbortError('The question was dismissed.');

/** Asks whether files are to be written that programs act on by their names. @throws an AbortError where it is left. */
export async function wantsTools(names: readonly string[], ui: Ui): Promise<boolean> {
  const write = 'Write Them';
  const skip = 'Skip Them';
  const answer = await ui.ask(
    names.length === 1
      ? 'Programs may run or load a file with this name automatically. Write it?'
      : `Programs may run or load files with these ${String(names.length)} names automatically. Write them?`,
    listNames(names),
    [skip, write],
  );
  if (answer === undefined) throw leave();
  return answer === write;
}

/** Which of a job's files are written: not those in `.git` folders, and those that programs act on if the user says so. */
export async function chooseFiles(
  files: readonly JobFile[],
  ui: Ui,
): Promise<{ readonly files: readonly JobFile[]; readonly left: readonly string[] }> {
  const effects = await effectsOf(files.map(({ name }) => name));
  const namesWith = (effect: string): readonly string[] =>
    files.filter(({ name }) => effects.get(name) === effect).map(({ name }) => name);
  const tools = namesWith('tool');
  const left = [...namesWith('git'), ...(tools.length > 0 && !(await wantsTools(tools, ui)) ? tools : [])];
  const isLeft = new Set(left);
  return { files: files.filter(({ name }) => !isLeft.has(name)), left };
}

/** Whether a place that the user chose for one file is written: not in a `.git` folder, else they are asked. */
export async function mayWrite(path: string, ui: Ui): Promise<boolean> {
  const parts = path.split(/[\\/]/);
  if (effectOf(path) === 'git') {
    const text = `${shownName(path)} is in a .git folder, where job files are never written.`;
    await ui.tell('warning', text, []);
    return false;
  }
  const name = parts.slice(-2).join('/');
  return effectOf(name) === undefined || wantsTools([name], ui);
}

/** Answers unpacking, and notes what it leaves out. */
export const createUnpackQuestion =
  (ui: Ui, left: string[]) =>
  async ({ tools, never }: HeldBack): Promise<boolean> => {
    const isWanted = tools.length > 0 && (await wantsTools(tools, ui));
    for (const name of isWanted ? never : [...never, ...tools]) left.push(name);
    return isWanted;
  };
