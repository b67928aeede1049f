import type { Request } from '../../core/domain/jobSpec.js';
import type { Answers } from '../../core/domain/questions.js';
import { splitWords } from '../../lib/words.js';
import type { Submission, SubmissionPlace } from '../scheduler/submit/submission.js';
import { findOption, type OptionSources } from './optionSources.js';
import { absolutePattern, defaultPattern, literalPattern } from './patterns.js';
import { spanText } from '../scheduler/times.js';

/** The parts of a submission other than the user's answers. */
export interface SubmissionParts extends Pick<OptionSources, 'script' | 'variables'> {
  readonly place: SubmissionPlace;
  /** The job's default name; if the user keeps it, a name set in the script applies. */
  readonly usualName: string;
  /** The user who submits; undefined if unknown. */
  readonly user?: string | undefined;
}

/** Answers that are passed on as options unchanged. */
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
 * The options of a submission. The user's answers are on the command line and override the environment and the
 * script's own `#SBATCH` lines; defaults do not. Source: docs/protocols/slurm.md, 3.1 and 8.
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

/** The name from the environment or the script if the user kept the default; undefined if none. */
export function givenName(name: string, usualName: string, sources: OptionSources): string | undefined {
  if (name !== usualName) return undefined;
  return findOption(sources, 'job-name')?.value || undefined;
}

/**
 * The default pattern of the output. A backslash in the folder would disable all placeholders: then Slurm's own
 * default applies.
 */
const usualOutput = ({ folder }: SubmissionPlace, isArray: boolean): string =>
  folder.includes('\\') ? defaultPattern(isArray) : `${literalPattern(folder)}/${defaultPattern(isArray)}`;

const answer = (options: Answers, id: string): string => (options[id] ?? '').trim();

/** sbatch treats `none` as no file. Source: observed with 22.05. */
const fileOf = (pattern: string | undefined): string | undefined =>
  pattern?.toLowerCase() === 'none' ? '/dev/null' : pattern;

const condition = (options: Answers): string => answer(options, 'afterKind') || 'afterok';

/** Devices per node: `2` and `a100:2` are GPUs, `gpu:2` and `mps:100` stay unchanged. */
const gpus = (value: string): string =>
  /^(\d+|[^:]+:\d+)$/.test(value) && !/^(gpu|mps|shard):/.test(value) ? `gpu:${value}` : value;

/** The additional arguments. */
export function extraOf(options: Answers): readonly string[] {
  const split = splitWords(answer(options, 'extra'));
  return 'words' in split ? split.words : [];
}
