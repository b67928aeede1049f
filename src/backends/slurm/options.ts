import type { Request } from '../../core/domain/jobSpec.js';
import type { Answers } from '../../core/domain/questions.js';
import { splitWords } from '../../lib/words.js';
import type { Submission, SubmissionPlace } from '../scheduler/submit/submission.js';
import { findOption, type OptionSources } from './optionSources.js';
import { absolutePattern, defaultPattern, literalPattern } from './patterns.js';
import { spanText } from '../scheduler/times.js';

/** What a submission is made from besides the user's answers. */
export interface SubmissionParts extends Pick<OptionSources, 'script' | 'variables'> {
  readonly place: SubmissionPlace;
  /** What the job is called where the user leaves the name as it is: then one that the script gives counts. */
  readonly usualName: string;
  /** Who submits; undefined: not known. */
  readonly user?: string | undefined;
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
 * The options of a submission. What the user answered stands on the command line and so overrides the environment and
 * the script's own `#SBATCH` lines; what was left as it was does not. Source: docs/protocols/slurm.md, 3.1 and 8.
 */
export function submissionOf(
  request: Request,
  parts: SubmissionParts,
  more: readonly string[] = [],
): Submission {
  const { options, limitMs, args } = request;
  const { place, script, user } = parts;
  const extra = extraOf(options);
  const sources: OptionSources = { ...parts, variables: { ...parts.variables, ...request.env }, extra };
  const said = (option: string): string | undefined => findOption(sources, option)?.value;
  const array = answer(options, 'array');
  const throttle = answer(options, 'throttle');
  const after = answer(options, 'after');
  const ownName = givenName(request.name, parts.usualName, sources);
  const name = ownName ?? request.name;
  const ownFolder = findOption({ script, variables: {}, extra: [] }, 'chdir')?.value;
  const ours = usualOutput(place, array !== '' || said('array') !== undefined);
  const output = fileOf(said('output'));
  const given: readonly string[] = [
    ...(ownName === undefined ? [`--job-name=${name}`] : []),
    ...(ownFolder === undefined ? [`--chdir=${place.work}`] : []),
    ...(output === undefined && ours.startsWith('/') ? [`--output=${ours}`] : []),
    ...(limitMs === undefined ? [] : [`--time=${spanText(limitMs)}`]),
    ...plain.flatMap(([id, option]) => {
      const value = answer(options, id);
      return value === '' ? [] : [`--${option}=${id === 'gpus' ? gpus(value) : value}`];
    }),
    ...(array === '' ? [] : [`--array=${array}${throttle === '' ? '' : `%${throttle}`}`]),
    ...(after === '' ? [] : [`--dependency=${condition(options)}:${after.replaceAll(',', ':')}`]),
    ...extra,
  ];
  const facts = { name, user, folder: ownFolder ?? place.work };
  const error = fileOf(said('error'));
  return {
    argv: ['sbatch', ...more, ...given, place.script, ...args],
    name,
    output: absolutePattern(output ?? ours, facts),
    error: error === undefined ? undefined : absolutePattern(error, facts),
  };
}

/** The name that the environment or the script gives, where the user left the usual one; undefined: none. */
export function givenName(name: string, usualName: string, sources: OptionSources): string | undefined {
  if (name !== usualName) return undefined;
  return findOption(sources, 'job-name')?.value || undefined;
}

/**
 * The pattern of the output where nobody says otherwise. A backslash in the folder would switch off all that a pattern
 * stands for: there the job writes where Slurm has it write by itself.
 */
const usualOutput = ({ folder }: SubmissionPlace, isArray: boolean): string =>
  folder.includes('\\') ? defaultPattern(isArray) : `${literalPattern(folder)}/${defaultPattern(isArray)}`;

const answer = (options: Answers, id: string): string => (options[id] ?? '').trim();

/** sbatch takes the word `none` for no file. Source: observed with 22.05. */
const fileOf = (pattern: string | undefined): string | undefined =>
  pattern?.toLowerCase() === 'none' ? '/dev/null' : pattern;

const condition = (options: Answers): string => answer(options, 'afterKind') || 'afterok';

/** Devices by node: `2` and `a100:2` are GPUs, `gpu:2` and `mps:100` stand as they are. */
const gpus = (value: string): string =>
  /^(\d+|[^:]+:\d+)$/.test(value) && !/^(gpu|mps|shard):/.test(value) ? `gpu:${value}` : value;

/** The words of the extra arguments. */
export function extraOf(options: Answers): readonly string[] {
  const split = splitWords(answer(options, 'extra'));
  return 'words' in split ? split.words : [];
}
