import { extname } from 'node:path/posix';

/** What a scheduler is given to run. */
export interface Batch {
  readonly text: string;
  /** The user's script as it is to lie in the job's folder; absent: as it was sent. */
  readonly script?: string;
  /** What differs from the script as it stands in the editor, a sentence each. */
  readonly notes: readonly string[];
}

/** The program that runs scripts of this kind on the cluster, and what it is told so that output comes at once. */
const interpreters = new Map<string, string>([
  ['.jl', 'julia'],
  ['.py', 'python3 -u'],
  ['.r', 'Rscript'],
  ['.mjs', 'node'],
  ['.js', 'node'],
]);

export const programOf = (name: string): string | undefined => interpreters.get(extname(name).toLowerCase());

/** True for scripts that may have a batch script of ours around them, by their name. */
export const mayBeWrapped = (name: string): boolean => programOf(name) !== undefined;

/** The lines before the first one that is neither empty nor a comment. */
export function leading(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  return end < 0 ? lines : lines.slice(0, end);
}

/** What was mended in the copy of a script that is sent. */
export type Repair = 'bom' | 'crlf' | 'shebang';

/**
 * A script in the form that schedulers take: without a byte order mark, with Unix line ends, `#!` first. What is right
 * already stays as it is. Source: docs/protocols/slurm.md, 3.1.
 *
 * @param how.fallbackShell - Runs a script that names no interpreter: `/bin/bash`.
 */
export function repaired(
  script: string,
  { fallbackShell }: { readonly fallbackShell: string },
): { readonly text: string; readonly notes: readonly Repair[] } {
  const notes: Repair[] = [];
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
    // One that only does not stand first is meant all the same.
    text = /^\s*\n#!/.test(text) ? text.trimStart() : `#!${fallbackShell}\n${text}`;
    notes.push('shebang');
  }
  return { text, notes };
}

/** A note on what was mended, as a sentence. */
export function noteText(note: Repair, program: string): string {
  switch (note) {
    case 'bom':
      return 'Byte order mark removed.';
    case 'crlf':
      return `Line endings converted to LF, as ${program} requires.`;
    case 'shebang':
      return `Added "#!/bin/bash" as the first line, as ${program} requires.`;
  }
}
