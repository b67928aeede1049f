import { toReadableName } from '../lib/byteNames.js';
import type { JobFile } from '../core/domain/job.js';
import type { WithheldFiles } from '../core/domain/ports.js';
import { sanitize } from '../lib/sanitize.js';
import { getNameEffect, getNameEffects } from '../lib/toolNames.js';
import type { UserInterface } from './ui.js';
import { createAbortError } from '../lib/abort.js';

/** An untrusted name, made printable on one line. */
export const toDisplayName = (name: string): string => sanitize(toReadableName(name));

/** The first names, one per line. */
export function formatNameList(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(toDisplayName);
  return names.length > shown.length ? `${shown.join('\n')}\n…` : shown.join('\n');
}

/** An AbortError for a dismissed prompt that stops the operation. */
export const createDismissedError = (): Error => createAbortError('The question was dismissed.');

/**
 * Prompts whether to write files that programs act on because of their names. @throws an AbortError if
 * dismissed.
 */
export async function confirmToolFiles(names: readonly string[], ui: UserInterface): Promise<boolean> {
  const write = 'Write';
  const skip = 'Skip';
  const answer = await ui.confirm(
    names.length === 1
      ? 'Programs may run or load a file with this name automatically. Write it?'
      : `Programs may run or load files with these ${String(names.length)} names automatically. Write them?`,
    formatNameList(names),
    [skip, write],
  );
  if (answer === undefined) throw createDismissedError();
  return answer === write;
}

/** The files of a job to write: none in `.git` folders, and tool files only if the user agrees. */
export async function selectWritableFiles(
  files: readonly JobFile[],
  ui: UserInterface,
): Promise<{ readonly files: readonly JobFile[]; readonly left: readonly string[] }> {
  const effects = await getNameEffects(files.map(({ name }) => name));
  const namesWith = (effect: string): readonly string[] =>
    files.filter(({ name }) => effects.get(name) === effect).map(({ name }) => name);
  const tools = namesWith('tool');
  const left = [
    ...namesWith('git'),
    ...(tools.length > 0 && !(await confirmToolFiles(tools, ui)) ? tools : []),
  ];
  const isLeft = new Set(left);
  return { files: files.filter(({ name }) => !isLeft.has(name)), left };
}

/**
 * True if the path that the user selected may be written: not in a `.git` folder, and confirmed for a tool
 * file.
 */
export async function confirmWrite(path: string, ui: UserInterface): Promise<boolean> {
  const parts = path.split(/[\\/]/);
  if (getNameEffect(path) === 'git') {
    const text = `${toDisplayName(path)} is in a .git folder, where job files are never written.`;
    await ui.showMessage('warning', text, []);
    return false;
  }
  const name = parts.slice(-2).join('/');
  return getNameEffect(name) === undefined || confirmToolFiles([name], ui);
}

/** Confirms tool files while unpacking, and records the withheld ones. */
export const createUnpackPrompt =
  (ui: UserInterface, left: string[]) =>
  async ({ tools, never }: WithheldFiles): Promise<boolean> => {
    const isWanted = tools.length > 0 && (await confirmToolFiles(tools, ui));
    for (const name of isWanted ? never : [...never, ...tools]) left.push(name);
    return isWanted;
  };
