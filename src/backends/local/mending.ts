import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';

/** What was mended in the copy of a script that is run. */
export type Mending = 'bom' | 'lineEnds' | 'firstLine';

/** Languages that read any line ends, or want those of Windows; all else is read by a shell or by its `#!` line. */
const leftAlone = ['.jl', '.py', '.r', '.js', '.mjs', '.cjs', '.bat', '.cmd', '.ps1', '.vbs'];

/**
 * A script as shells read it: without a byte order mark, with Unix line ends, its `#!` line first. Shells take a carriage
 * return for part of a word, so that a script from Windows does other things than it says and may even end with success.
 *
 * @param name - The script's name, with folders or without.
 */
export function mendScript(
  name: string,
  text: string,
): { readonly text: string; readonly mendings: readonly Mending[] } {
  const ending = extname(name).toLowerCase();
  if (leftAlone.includes(ending)) return { text, mendings: [] };
  const mendings: Mending[] = [];
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
  // It says what runs the script only where it comes first. Where the ending says it, lines keep their numbers.
  if (ending !== '.sh' && start !== mended && start.startsWith('#!')) {
    mended = start;
    mendings.push('firstLine');
  }
  return { text: mended, mendings };
}

/** Longer files are no scripts that anybody wrote, in bytes. */
const maxBytes = 32 * 1024 * 1024;

/** Three bytes of a byte order mark, as they read byte by byte. */
const bomBytes = '\xef\xbb\xbf';

/** Mends a script file where it stands, whatever its encoding; its mode stays. */
export async function mendFile(path: string, name: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length > maxBytes) return;
  // Byte by byte, so that nothing else of it changes.
  const text = bytes.toString('latin1');
  const { text: mended, mendings } = mendScript(
    name,
    text.startsWith(bomBytes) ? `\uFEFF${text.slice(bomBytes.length)}` : text,
  );
  if (mendings.length > 0) await writeFile(path, Buffer.from(mended, 'latin1'));
}

/** What the review says of a mending. */
export function mendingText(mending: Mending): string {
  switch (mending) {
    case 'bom':
      return 'Byte order mark removed.';
    case 'lineEnds':
      return 'Line endings converted to LF, as shells require.';
    case 'firstLine':
      return 'Removed empty lines before the "#!" line.';
  }
}
