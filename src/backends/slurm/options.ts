import type { JobRequest } from '../../core/domain/jobSpec.js';
import type { QuestionAnswers } from '../../core/domain/questions.js';
import { parseArgs } from '../../lib/shellWords.js';
import type { SubmissionCommand, SubmissionPaths } from '../scheduler/submit/submission.js';
import { findOption, type OptionSources } from './optionSources.js';
import { toAbsolutePattern, getDefaultPattern, toLiteralPattern } from './patterns.js';
import { formatTimeSpan } from '../scheduler/times.js';

/** The parts of a submission other than the user's answers. */
export interface SubmissionContext extends Pick<OptionSources, 'script' | 'variables'> {
  readonly paths: SubmissionPaths;
  /** The job's default name; if the user keeps it, a name set in the script applies. */
  readonly usualName: string;
  /** The user who submits; undefined if unknown. */
  readonly user?: string | undefined;
}

/** Answers that are passed on as options unchanged. */
const plainOptions: readonly (readonly [id: string, option: string])[] = [
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
export function createSubmission(
  request: JobRequest,
  parts: SubmissionContext,
  more: readonly string[] = [],
): SubmissionCommand {
  const { options, limitMs, args } = request;
  const { paths: place, script, user } = parts;
  const extra = parseExtraArguments(options);
  const sources: OptionSources = { ...parts, variables: { ...parts.variables, ...request.env }, extra };
  const said = (option: string): string | undefined => findOption(sources, option)?.value;
  const array = getAnswer(options, 'array');
  const throttle = getAnswer(options, 'throttle');
  const after = getAnswer(options, 'after');
  const ownName = findGivenName(request.name, parts.usualName, sources);
  const name = ownName ?? request.name;
  const ownFolder = findOption({ script, variables: {}, extra: [] }, 'chdir')?.value;
  const ours = getDefaultOutput(place, array !== '' || said('array') !== undefined);
  const output = toFilePattern(said('output'));
  const given: readonly string[] = [
    ...(ownName === undefined ? [`--job-name=${name}`] : []),
    ...(ownFolder === undefined ? [`--chdir=${place.work}`] : []),
    ...(output === undefined && ours.startsWith('/') ? [`--output=${ours}`] : []),
    ...(limitMs === undefined ? [] : [`--time=${formatTimeSpan(limitMs)}`]),
    ...plainOptions.flatMap(([id, option]) => {
      const value = getAnswer(options, id);
      return value === '' ? [] : [`--${option}=${id === 'gpus' ? formatGpus(value) : value}`];
    }),
    ...(array === '' ? [] : [`--array=${array}${throttle === '' ? '' : `%${throttle}`}`]),
    ...(after === '' ? [] : [`--dependency=${getDependencyType(options)}:${after.replaceAll(',', ':')}`]),
    ...extra,
  ];
  const facts = { name, user, folder: ownFolder ?? place.work };
  const error = toFilePattern(said('error'));
  return {
    argv: ['sbatch', ...more, ...given, place.script, ...args],
    name,
    output: toAbsolutePattern(output ?? ours, facts),
    error: error === undefined ? undefined : toAbsolutePattern(error, facts),
  };
}

/** The name from the environment or the script if the user kept the default; undefined if none. */
export function findGivenName(name: string, usualName: string, sources: OptionSources): string | undefined {
  if (name !== usualName) return undefined;
  return findOption(sources, 'job-name')?.value || undefined;
}

/**
 * The default pattern of the output. A backslash in the folder would disable all placeholders: then Slurm's own
 * default applies.
 */
const getDefaultOutput = ({ folder }: SubmissionPaths, isArray: boolean): string =>
  folder.includes('\\')
    ? getDefaultPattern(isArray)
    : `${toLiteralPattern(folder)}/${getDefaultPattern(isArray)}`;

const getAnswer = (options: QuestionAnswers, id: string): string => (options[id] ?? '').trim();

/** sbatch treats `none` as no file. Source: observed with 22.05. */
const toFilePattern = (pattern: string | undefined): string | undefined =>
  pattern?.toLowerCase() === 'none' ? '/dev/null' : pattern;

const getDependencyType = (options: QuestionAnswers): string => getAnswer(options, 'afterKind') || 'afterok';

/** Devices per node: `2` and `a100:2` are GPUs, `gpu:2` and `mps:100` stay unchanged. */
const formatGpus = (value: string): string =>
  /^(\d+|[^:]+:\d+)$/.test(value) && !/^(gpu|mps|shard):/.test(value) ? `gpu:${value}` : value;

/** The additional arguments. */
export function parseExtraArguments(options: QuestionAnswers): readonly string[] {
  const split = parseArgs(getAnswer(options, 'extra'));
  return 'words' in split ? split.words : [];
}
