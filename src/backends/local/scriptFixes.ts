import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';

/** A change in the copy of a script that is run. */
export type ScriptFix = 'bom' | 'lineEnds' | 'firstLine';

/**
 * Extensions of languages that accept any line endings, or need those of Windows; other scripts are read by a shell
 * or by their `#!` line.
 */
const unchangedExtensions = ['.jl', '.py', '.r', '.js', '.mjs', '.cjs', '.bat', '.cmd', '.ps1', '.vbs'];

/**
 * Converts a script to the form that shells read: without a byte order mark, with Unix line endings, its `#!` line
 * first. Shells treat a carriage return as part of a word, so that a script from Windows can behave differently and
 * still succeed.
 *
 * @param name - The script's name, with or without folders.
 */
export function fixScript(
  name: string,
  text: string,
): { readonly text: string; readonly mendings: readonly ScriptFix[] } {
  const ending = extname(name).toLowerCase();
  if (unchangedExtensions.includes(ending)) return { text, mendings: [] };
  const mendings: ScriptFix[] = [];
  let mended = text;
  if (mended.startsWith('\uFEFF')) {
    mended = mended.slice(1);
    mendings.push('bom');
  }
  if (mended.includes('\r\n')) {
    mended = mended.replaceAll('\r\n', '\n');
    mendings.push('lineEnds');
  }
  const start = mended.trimStart();
  // The `#!` line works only at the start. If the extension selects the interpreter, line numbers stay unchanged.
  if (ending !== '.sh' && start !== mended && start.startsWith('#!')) {
    mended = start;
    mendings.push('firstLine');
  }
  return { text: mended, mendings };
}

/** The maximum size of a script that is changed, in bytes. */
const maxFixableBytes = 32 * 1024 * 1024;

/** The three bytes of a byte order mark, read as Latin-1. */
const bomBytes = '\xef\xbb\xbf';

/** Changes a script file in place, whatever its encoding; its mode stays. */
export async function fixScriptFile(path: string, name: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length > maxFixableBytes) return;
  // Read as Latin-1, so that all other bytes stay unchanged.
  const text = bytes.toString('latin1');
  const { text: mended, mendings } = fixScript(
    name,
    text.startsWith(bomBytes) ? `\uFEFF${text.slice(bomBytes.length)}` : text,
  );
  if (mendings.length > 0) await writeFile(path, Buffer.from(mended, 'latin1'));
}

/** The sentence in the review for a change. */
export function formatScriptFix(mending: ScriptFix): string {
  switch (mending) {
    case 'bom':
      return 'Byte order mark removed.';
    case 'lineEnds':
      return 'Line endings converted to LF, as shells require.';
    case 'firstLine':
      return 'Removed empty lines before the "#!" line.';
  }
}
