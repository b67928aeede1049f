import type { Answers, Request } from '../../core/backend.js';
import { splitWords } from '../../core/words.js';
import { optionOf, optionsIn, type Directives } from './directives.js';
import { defaultPattern } from './patterns.js';
import { spanText } from './times.js';

/** Where a submission lies on the cluster. All absolute. */
export interface Place {
  /** The job's folder. */
  readonly folder: string;
  /** Below it: where it runs. */
  readonly work: string;
  /** The script that sbatch takes. */
  readonly script: string;
}

/** What `sbatch` is given, and where the job then writes. */
export interface Submission {
  readonly argv: readonly string[];
  /** The pattern of its output, absolute; undefined: the script or the user says where. */
  readonly output: string | undefined;
  /** The pattern of its stderr, as the script or the user says; undefined: it goes where the output goes. */
  readonly error: string | undefined;
}

/** Answers that are options as they stand. */
const plain: readonly (readonly [id: string, option: string])[] = [
  ['partition', 'partition'],
  ['account', 'account'],
  ['qos', 'qos'],
  ['nodes', 'nodes'],
  ['tasks', 'ntasks'],
  ['cpus', 'cpus-per-task'],
  ['memory', 'mem'],
  ['gpus', 'gres'],
];

/**
 * The options of a submission. What the user answered stands on the command line and so overrides the script's own
 * `#SBATCH` lines; what was left empty is as the script says. Source: reference slurm.md, 3.1 and 8.
 */
export function submissionOf(
  request: Request,
  own: Directives,
  place: Place,
  more: readonly string[] = [],
): Submission {
  const { options, limitMs, name, args } = request;
  const extra = extraOf(options);
  const said = (option: string): string | undefined =>
    optionOf(optionsIn(extra), option) ?? optionOf(own, option);
  const isArray = answer(options, 'array') !== '' || said('array') !== undefined;
  const output = said('output') === undefined ? `${place.folder}/${defaultPattern(isArray)}` : undefined;
  const array = answer(options, 'array');
  const throttle = answer(options, 'throttle');
  const after = answer(options, 'after');
  const given: readonly string[] = [
    `--job-name=${name}`,
    ...(optionOf(own, 'chdir') === undefined ? [`--chdir=${place.work}`] : []),
    ...(output === undefined ? [] : [`--output=${output}`]),
    ...(limitMs === undefined ? [] : [`--time=${spanText(limitMs)}`]),
    ...plain.flatMap(([id, option]) => {
      const value = answer(options, id);
      return value === '' ? [] : [`--${option}=${id === 'gpus' ? gpus(value) : value}`];
    }),
    ...(array === '' ? [] : [`--array=${array}${throttle === '' ? '' : `%${throttle}`}`]),
    ...(after === '' ? [] : [`--dependency=${condition(options)}:${after.replaceAll(',', ':')}`]),
    ...extra,
  ];
  return { argv: ['sbatch', ...more, ...given, place.script, ...args], output, error: said('error') };
}

const answer = (options: Answers, id: string): string => (options[id] ?? '').trim();

const condition = (options: Answers): string => answer(options, 'afterKind') || 'afterok';

/** Devices by node: `2` and `a100:2` are GPUs, `gpu:2` and `mps:100` stand as they are. */
const gpus = (value: string): string =>
  /^(\d+|[^:]+:\d+)$/.test(value) && !/^(gpu|mps|shard):/.test(value) ? `gpu:${value}` : value;

/** The commands that run before a script. */
export const setupOf = ({ options }: Request): string => answer(options, 'setup');

/** The words of the extra arguments. */
export function extraOf(options: Answers): readonly string[] {
  const split = splitWords(answer(options, 'extra'));
  return 'words' in split ? split.words : [];
}
