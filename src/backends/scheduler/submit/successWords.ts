import { printable } from '../../../lib/printable.js';

/** The most of what a site says that is shown, in characters and lines. */
const maxCharacters = 2_000;
const maxLines = 20;

/** What sbatch said besides a job's number: a site's notice to its users, without the program's name. Empty: nothing. */
export function successWords(errors: string): string {
  const lines = errors
    .split('\n')
    .map((line) =>
      printable(line.replace(/^(?:\/\S*\/)?sbatch: (?:(?:info|lua|warning|error): )?/, '').trim()),
    )
    .filter((line) => line !== '');
  const text = lines.slice(0, maxLines).join(' · ');
  const isCut = lines.length > maxLines || text.length > maxCharacters;
  return isCut ? `${text.slice(0, maxCharacters)}…` : text;
}
