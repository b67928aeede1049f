import { extname } from 'node:path/posix';

/** The batch script that a scheduler runs. */
export interface BatchFile {
  readonly text: string;
  /** The user's script as it is written into the job's folder; absent if unchanged. */
  readonly script?: string;
  /** The differences from the script in the editor, a sentence each. */
  readonly notes: readonly string[];
}

/** The program that runs scripts of this kind on the cluster, with options for unbuffered output. */
const interpreters = new Map<string, string>([
  ['.jl', 'julia'],
  ['.py', 'python3 -u'],
  ['.r', 'Rscript'],
  ['.mjs', 'node'],
  ['.js', 'node'],
]);

export const getInterpreter = (name: string): string | undefined =>
  interpreters.get(extname(name).toLowerCase());

/** True for scripts that can have a generated batch script, by name. */
export const canBeWrapped = (name: string): boolean => getInterpreter(name) !== undefined;

/** The lines before the first one that is neither empty nor a comment. */
export function getLeadingLines(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  return end < 0 ? lines : lines.slice(0, end);
}

/** A change in the submitted copy of a script. */
export type ScriptNormalization = 'bom' | 'crlf' | 'shebang';

/**
 * Converts a script to the form that schedulers accept: without a byte order mark, with Unix line endings, `#!`
 * first. Everything else is unchanged. Source: docs/protocols/slurm.md, 3.1.
 *
 * @param how.fallbackShell - Runs a script without an interpreter line: `/bin/bash`.
 */
export function normalizeScript(
  script: string,
  { fallbackShell }: { readonly fallbackShell: string },
): { readonly text: string; readonly notes: readonly ScriptNormalization[] } {
  const notes: ScriptNormalization[] = [];
  let text = script;
  if (text.startsWith('\uFEFF')) {
    text = text.slice(1);
    notes.push('bom');
  }
  if (text.includes('\r\n')) {
    text = text.replaceAll('\r\n', '\n');
    notes.push('crlf');
  }
  if (!text.startsWith('#!')) {
    // An interpreter line after empty lines is accepted as well.
    text = /^\s*\n#!/.test(text) ? text.trimStart() : `#!${fallbackShell}\n${text}`;
    notes.push('shebang');
  }
  return { text, notes };
}

/** The sentence for a change. */
export function formatNormalization(note: ScriptNormalization, program: string): string {
  switch (note) {
    case 'bom':
      return 'Byte order mark removed.';
    case 'crlf':
      return `Line endings converted to LF, as ${program} requires.`;
    case 'shebang':
      return `Added "#!/bin/bash" as the first line, as ${program} requires.`;
  }
}
