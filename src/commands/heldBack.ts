import { readableName } from '../lib/byteNames.js';
import type { JobFile } from '../core/domain/job.js';
import type { HeldBack } from '../core/domain/ports.js';
import { printable } from '../lib/printable.js';
import { effectOf, effectsOf } from '../lib/toolNames.js';
import type { Ui } from './ui.js';
import { createAbortError } from '../lib/abort.js';

/** An untrusted name, made printable on one line. */
export const shownName = (name: string): string => printable(readableName(name));

/** The first names, one per line. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(shownName);
  return names.length > shown.length ? `${shown.join('\n')}\n…` : shown.join('\n');
}

/** An AbortError for a dismissed prompt that stops the operation. */
export const leave = (): Error => createAbortError('The question was dismissed.');

/**
 * Prompts whether to write files that programs act on because of their names. @throws an AbortError if
 * dismissed.
 */
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

/** The files of a job to write: none in `.git` folders, and tool files only if the user agrees. */
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

/**
 * True if the path that the user selected may be written: not in a `.git` folder, and confirmed for a tool
 * file.
 */
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

/** Confirms tool files while unpacking, and records the withheld ones. */
export const createUnpackQuestion =
  (ui: Ui, left: string[]) =>
  async ({ tools, never }: HeldBack): Promise<boolean> => {
    const isWanted = tools.length > 0 && (await wantsTools(tools, ui));
    for (const name of isWanted ? never : [...never, ...tools]) left.push(name);
    return isWanted;
  };
