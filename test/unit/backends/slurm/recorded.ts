import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldSeparator } from '../../../../src/backends/slurm/fields.js';
import { squeueFormat } from '../../../../src/backends/slurm/squeue.js';

const folder = join(import.meta.dirname, '../../../fixtures/slurm');

/** The versions of Slurm whose output was recorded. */
export const versions: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** The output of a real Slurm of this version. */
export const recorded = (version: string, file: string): string =>
  readFileSync(join(folder, version, file), 'utf8');

/** Tests that the requested versions exist, so that a missing one fails. */
export const expectedVersions = ['20.11', '22.05', '24.11', '26.05'];

/** A table as recorded: a line of titles, then rows; titles and fields are separated by `|`. */
function table(text: string): readonly ((title: string, place?: number) => string)[] {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const titles = head.split('|');
  return lines.map((line) => {
    const fields = line.split('|');
    return (title, place = 0) => {
      const places = titles.flatMap((one, at) => (one === title ? [at] : []));
      const at = places[place];
      if (at === undefined) throw new RangeError(`no column ${title}`);
      return fields[at] ?? '';
    };
  });
}

/** The title that `squeue -o %all` prints for each letter; of two, the intended one. */
const titleOf = new Map<string, readonly [title: string, place?: number]>([
  ...([['A', ['JOBID', 1]]] as const),
  ...([['i', ['JOBID', 0]]] as const),
  ...Object.entries({
    ...{ F: 'ARRAY_JOB_ID', K: 'ARRAY_TASK_ID', T: 'STATE', r: 'REASON', R: 'NODELIST(REASON)' },
    ...{ P: 'PARTITION', M: 'TIME', l: 'TIME_LIMIT', S: 'START_TIME', e: 'END_TIME', V: 'SUBMIT_TIME' },
    ...{ D: 'NODES', C: 'CPUS', m: 'MIN_MEMORY', b: 'TRES_PER_NODE', N: 'NODELIST', a: 'ACCOUNT', q: 'QOS' },
    ...{ E: 'DEPENDENCY', Z: 'WORK_DIR', o: 'COMMAND', k: 'COMMENT', j: 'NAME' },
  }).map(([letter, title]) => [letter, [title]] as const),
]);

/** The squeue output in our format, built from the output of `-o %all`. */
export const squeueOf = (text: string): string =>
  table(text)
    .map((field) => formatted((letter) => field(...(titleOf.get(letter) ?? ['?']))))
    .join('');

/** A line in our squeue format in which each letter has a given text. */
export const formatted = (valueOf: (letter: string) => string): string =>
  squeueFormat.replaceAll(/%([A-Za-z])/g, (_, letter: string) => valueOf(letter)) + '\n';

/** The sacct output with our columns, built from a recorded table with other columns. */
export const sacctOf = (text: string): string =>
  table(text)
    .map((field) => {
      const columns = [
        ...['JobIDRaw', 'JobID', 'State', 'ExitCode', 'DerivedExitCode', 'Reason', 'Partition', 'Submit'],
        ...['Start', 'End'],
      ];
      const values = [
        ...columns.map((column) => field(column)),
        ...[secondsOf(field('Elapsed')), minutesOf(field('Timelimit')), field('NCPUS'), '64M'],
        ...[field('NNodes'), field('NodeList'), field('Account'), 'normal', field('WorkDir')],
        ...[field('JobName'), field('JobIDRaw')],
      ];
      return `${values.join(fieldSeparator)}\n`;
    })
    .join('');

const secondsOf = (elapsed: string): string => {
  const [hours = 0, minutes = 0, seconds = 0] = elapsed.split(':').map(Number);
  return String((hours * 60 + minutes) * 60 + seconds);
};

const minutesOf = (limit: string): string => {
  const [, days = '0', hours, minutes] = /^(?:(\d+)-)?(\d+):(\d+):\d+$/.exec(limit) ?? [];
  return hours === undefined ? limit : String((Number(days) * 24 + Number(hours)) * 60 + Number(minutes));
};

/** `scontrol --oneliner show job`, built from a recording without that option. */
export const onelinerOf = (text: string): string =>
  text
    .replaceAll(/\n +/g, ' ')
    .replaceAll(/\n{2,}/g, '\n')
    .trimStart();

/** Pseudo-random numbers below a bound, the same in every run. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Parts of names that no parser must fail on. */
const hostile = [
  ...[
    '|',
    "'",
    '"',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\\',
    '`',
    '$(id)',
    ';',
    '%j',
    '*',
    '—',
    'é',
    '日本',
    '🙂',
    '\u202e',
  ],
  ...[
    '\u001e',
    '\u001f',
    '\u001e7\u001f',
    '\n7\u001f7\u001fRUNNING',
    ' JobId=9',
    '\nJobId=9 ',
    ' StdOut=/etc/passwd',
  ],
  ...[' JobState=FAILED', '=', '(null)', 'N/A', 'None', 'a', 'b', '0', '-', '__proto__'],
];

/** A name built from parts that have a meaning to some parser. */
export const hostileName = (below: (bound: number) => number): string =>
  `x${Array.from({ length: 1 + below(8) }, () => hostile[below(hostile.length)]).join('')}y`;
