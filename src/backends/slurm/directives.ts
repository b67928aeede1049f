import { createDirectiveReader, splitDirective, type Directive } from '../scheduler/submit/directives.js';
import { removeOption } from '../scheduler/submit/removeOption.js';
import { toLongName, shortNames, takesValue } from './sbatchOptions.js';

export { getOptionValue, type ScriptDirectives } from '../scheduler/submit/directives.js';

/** PBS options that sbatch accepts, by sbatch's own names. Source: observed with 22.05. */
const pbsOptions: Readonly<Record<string, string>> = {
  ...{
    A: 'account',
    d: 'chdir',
    e: 'error',
    J: 'array',
    N: 'job-name',
    o: 'output',
    q: 'partition',
    t: 'array',
  },
};

function parsePbsDirectives(line: string, number: number): readonly Directive[] {
  const found: Directive[] = [];
  const words = splitDirective(line).words.map(({ text }) => text);
  for (let at = 0; at < words.length; at++) {
    const [, letter = '', rest = ''] = /^-([A-Za-z])(.*)$/s.exec(words[at] ?? '') ?? [];
    const name = Object.hasOwn(pbsOptions, letter) ? pbsOptions[letter] : undefined;
    const isTime = letter === 'l';
    if (name === undefined && !isTime) continue;
    const value = rest === '' ? (words[++at] ?? '') : rest;
    const time = isTime ? /(?:^|,)walltime=([^,]+)/.exec(value)?.[1] : undefined;
    if (name !== undefined) found.push({ name, value, line: number });
    else if (time !== undefined) found.push({ name: 'time', value: time, line: number });
  }
  return found;
}

/** The syntax of sbatch. `#PBS` lines apply after its own ones. */
const reader = createDirectiveReader({
  magic: '#SBATCH',
  ...{ shortNames, toLongName, takesValue },
  partSeparators: ['hetjob', 'packjob'],
  foreign: { magic: '#PBS', ignoredBy: 'ignore-pbs', read: parsePbsDirectives },
});

export const { parseDirectives, parseArguments, findUnexpectedArgument, parseWord } = reader;

/** Removes `--wait` (`-W`), with which sbatch does not return before the job has ended. */
export const removeWait = (script: string): ReturnType<typeof removeOption> =>
  removeOption(script, 'wait', reader);
