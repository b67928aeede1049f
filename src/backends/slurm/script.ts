import { extname } from 'node:path/posix';
import type { Script } from '../../core/backend.js';
import type { Say } from '../../core/say.js';
import { quoted } from '../hosts/quoting.js';
import { readDirectives, repaired, type Directives } from './directives.js';
import { removeWait } from './waitOption.js';

/** What sbatch is given to run. */
export interface Batch {
  readonly text: string;
  readonly directives: Directives;
  /** What differs from the script as it stands in the editor, a sentence each. */
  readonly notes: readonly string[];
}

/** The program that runs scripts of this kind on the cluster, and what it is told so that output comes at once. */
const interpreters: Readonly<Record<string, string>> = {
  '.jl': 'julia $project',
  '.py': 'python3 -u',
  '.r': 'Rscript',
  '.mjs': 'node',
  '.js': 'node',
};

/** True for scripts that sbatch can take as they are: those for a shell, and what names its own interpreter. */
const isBatch = (name: string, text: string): boolean =>
  !Object.hasOwn(interpreters, extname(name).toLowerCase()) || /^#!.*\n(.*\n)*?#SBATCH/.test(text);

/**
 * The batch script of a job: the user's own, mended where sbatch would refuse it; or, for a script in Julia, Python, R or
 * JavaScript, one that runs it, with the `#SBATCH` lines that stand at its beginning.
 *
 * @param path - Where the script is, below the folder the job runs in.
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
  const program = interpreters[extname(name).toLowerCase()] ?? '/bin/sh';
  const { text: beginning, isChanged } = removeWait(leading(text).join('\n'));
  const kept = beginning.split('\n');
  const lines = [
    // A login shell, so that "module" and what the site sets up are there.
    '#!/bin/bash -l',
    ...kept.filter((line) => /^#(SBATCH|PBS)/.test(line)),
    ...(program.startsWith('julia')
      ? ['project=', 'if [ -f Project.toml ] || [ -f JuliaProject.toml ]; then project=--project=.; fi']
      : []),
    ...(setup === '' ? [] : [setup]),
    // A name that begins with a dash would be taken for an option.
    `exec ${program} ${quoted(path.startsWith('-') ? `./${path}` : path)} "$@"`,
  ];
  return {
    text: `${lines.join('\n')}\n`,
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
