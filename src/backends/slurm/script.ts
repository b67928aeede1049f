import { extname } from 'node:path/posix';
import type { Script } from '../../core/domain/jobSpec.js';
import type { Say } from '../../lib/say.js';
import { readDirectives, repaired, type Directives } from './directives.js';
import { removeWait } from './waitOption.js';
import { wrapperOf } from './wrapper.js';

/** What sbatch is given to run. */
export interface Batch {
  readonly text: string;
  readonly directives: Directives;
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

const programOf = (name: string): string | undefined => interpreters.get(extname(name).toLowerCase());

/** True for scripts that may have a batch script of ours around them, by their name. */
export const mayBeWrapped = (name: string): boolean => programOf(name) !== undefined;

/** True for scripts that sbatch can take as they are: those for a shell, and what names its own interpreter. */
const isBatch = (name: string, text: string): boolean =>
  !mayBeWrapped(name) || (text.startsWith('#!') && text.includes('\n#SBATCH'));

/**
 * The batch script of a job: the user's own, mended where sbatch would refuse it; or, for a script in Julia, Python, R or
 * JavaScript, one that runs it, with the `#SBATCH` lines that stand at its beginning.
 *
 * @param path - Where the script is, absolute: it ends with its name, below the job's folder `work`.
 * @param setup - Commands to run before, such as `module load julia`.
 */
export function batchOf({ name, text }: Script, path: string, setup: string, say: Say): Batch {
  if (isBatch(name, text)) {
    const { text: whole, notes } = repaired(text, { fallbackShell: '/bin/bash' });
    const { text: mended, isChanged } = removeWait(whole);
    return {
      text: mended,
      directives: readDirectives(mended),
      notes: [
        ...notes.map((note) => noteText(note, say)),
        ...(isChanged ? [waitText(say)] : []),
        ...(setup === '' ? [] : [say('The commands before it are left out: this script runs as it is.')]),
      ],
    };
  }
  const { text: beginning, isChanged } = removeWait(leading(text).join('\n'));
  return {
    text: wrapperOf({
      name,
      path,
      program: programOf(name) ?? '/bin/sh',
      directives: beginning.split('\n').filter((line) => /^#(SBATCH|PBS)/.test(line)),
      setup,
    }),
    directives: readDirectives(beginning),
    notes: isChanged ? [waitText(say)] : [],
  };
}

/** The lines before the first one that is neither empty nor a comment. */
function leading(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  return end < 0 ? lines : lines.slice(0, end);
}

const waitText = (say: Say): string =>
  say('Sent without --wait, which would keep the submission open until the job ends.');

function noteText(note: 'bom' | 'crlf' | 'shebang', say: Say): string {
  switch (note) {
    case 'bom':
      return say('Sent without the byte order mark at its beginning.');
    case 'crlf':
      return say('Sent with the line ends of Unix, since sbatch takes no others.');
    case 'shebang':
      return say('Sent with "#!/bin/bash" as its first line, since sbatch needs one.');
  }
}

/** The options that a script asks for itself, as they would stand on a command line. */
export const directiveTexts = ({ options }: Directives): readonly string[] =>
  options.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
