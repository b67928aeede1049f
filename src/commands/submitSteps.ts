import type { Backend } from '../core/domain/backend.js';
import type { JobWorkload } from '../core/domain/jobSpec.js';
import type { Question } from '../core/domain/questions.js';
import { formatDuration, parseDuration } from '../core/presentation/formatting.js';
import { resolveAnswers, listVisibleQuestions } from '../core/domain/questions.js';
import {
  formatArgs,
  parseEnv,
  parseArgs,
  formatEnv,
  type ParsedEnv,
  type ParsedArgs,
} from '../lib/shellWords.js';
import { askQuestion } from './askQuestion.js';
import { createConnectionStep } from './connectionStep.js';
import type { SubmissionDraft } from './submissionDraft.js';
import { createScriptEnvironmentStep, type CachedEnvironments } from './environments.js';
import type { StepAnswer, PickItem, UserInterface } from './ui.js';
import type { WizardStep } from './wizard.js';
import { hourMs } from '../lib/time.js';

/** Maximum length of a job name, which appears in rows, channel titles, and command lines. */
export const maxJobNameChars = 200;

/** Validates a job name; undefined: valid. */
export function validateJobName(name: string): string | undefined {
  if (name.trim() === '') return 'A job needs a name.';
  if ([...name].length > maxJobNameChars)
    return `A name can have at most ${String(maxJobNameChars)} characters.`;
  return undefined;
}

/** Choices that depend on the content. */
export interface StepContext {
  /** Name of the script to run; undefined: the draft's entry. */
  readonly script?: string;
  /** The scripts of a folder. */
  readonly scripts?: readonly string[];
  /** The language environments of a script. */
  readonly environments?: CachedEnvironments;
}

/**
 * The wizard's steps for a submission, in order, as its backend supports them. `title` is the wizard's:
 * `Submit fit.jl`. Optional steps have a valid answer already.
 */
export function createSubmitSteps(
  ui: UserInterface,
  title: string,
  backends: readonly Backend[],
  work: JobWorkload['kind'],
  draft: SubmissionDraft,
  { scripts = [], environments, script = draft.entry }: StepContext,
): readonly WizardStep<SubmissionDraft>[] {
  const { capabilities } = draft.backend;
  const questions = draft.backend.submit?.questions?.(work) ?? [];
  const asks: (WizardStep<SubmissionDraft> | false)[] = [
    work === 'bundle' && createScriptStep(ui, title, scripts),
    backends.length > 1 && createConnectionStep(ui, title, backends, work, script),
    createNameStep(ui, title),
    capabilities.args && createArgumentsStep(ui, title),
    capabilities.env && createEnvStep(ui, title),
    capabilities.timeLimit !== undefined && createTimeLimitStep(ui, title),
    environments !== undefined &&
      capabilities.language?.id === environments.language.id &&
      createScriptEnvironmentStep(ui, title, environments),
    ...listVisibleQuestions(questions, draft.options).map(({ question }) =>
      createQuestionStep(ui, title, question, questions),
    ),
  ];
  return asks.filter((ask) => ask !== false);
}

function createScriptStep(
  ui: UserInterface,
  title: string,
  scripts: readonly string[],
): WizardStep<SubmissionDraft> {
  return {
    id: 'script',
    run: async (draft, at) => {
      const items = scripts.map((path): PickItem<string> => ({
        value: path,
        label: path,
        icon: 'file-code',
        ...(path === draft.entry ? { isActive: true } : {}),
        ...(path === draft.lastUsed?.entry ? { description: 'last used' } : {}),
      }));
      const answer = await ui.pick(
        { ...at, title: `${title}: Script` },
        items,
        'Script in the folder that the job runs',
      );
      return mapAnswer(answer, (entry) => ({ ...draft, entry, name: deriveJobName(draft, entry) }));
    },
  };
}

/** The job name follows the script name until the user changes it. */
function deriveJobName({ name, entry }: SubmissionDraft, next: string): string {
  const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  return entry === undefined || name === base(entry) ? base(next) : name;
}

function createNameStep(ui: UserInterface, title: string): WizardStep<SubmissionDraft> {
  return {
    id: 'name',
    run: async (draft, at) => {
      const answer = await ui.input(
        { ...at, title: `${title}: Name` },
        {
          initial: draft.name,
          prompt: draft.backend.submit?.getDefaults
            ? 'Job name. Unless you change it, a name given by the script takes precedence.'
            : 'Job name',
          validate: (name) => validateJobName(name),
        },
      );
      return mapAnswer(answer, (name) => ({ ...draft, name: name.trim() }));
    },
  };
}

function createArgumentsStep(ui: UserInterface, title: string): WizardStep<SubmissionDraft> {
  return {
    id: 'arguments',
    run: async (draft, at) => {
      const answer = await ui.input(
        { ...at, title: `${title}: Arguments` },
        {
          initial: formatArgs(draft.args),
          prompt: 'Command-line arguments; quote values that contain spaces. May be empty.',
          placeholder: 'input.csv --steps 1000',
          validate: (line) => validateParsedLine(parseArgs(line)),
        },
      );
      return mapAnswer(answer, (line) => {
        const split = parseArgs(line);
        return { ...draft, args: 'words' in split ? split.words : draft.args };
      });
    },
  };
}

function createEnvStep(ui: UserInterface, title: string): WizardStep<SubmissionDraft> {
  return {
    id: 'environment',
    run: async (draft, at) => {
      const answer = await ui.input(
        { ...at, title: `${title}: Environment` },
        {
          initial: formatEnv(draft.env),
          prompt: 'Environment variables as name=value; quote values that contain spaces. May be empty.',
          placeholder: 'n=1000 TITLE="two words"',
          validate: (line) => validateParsedLine(parseEnv(line)),
        },
      );
      return mapAnswer(answer, (line) => {
        const read = parseEnv(line);
        return { ...draft, env: 'env' in read ? read.env : draft.env };
      });
    },
  };
}

function createTimeLimitStep(ui: UserInterface, title: string): WizardStep<SubmissionDraft> {
  return {
    id: 'limit',
    run: async (draft, at) => {
      const { isOptional: mayBeNone = false, stepMs } = draft.backend.capabilities.timeLimit ?? {};
      const answer = await ui.input(
        { ...at, title: `${title}: Time Limit` },
        {
          initial: draft.limitMs === undefined ? '' : formatDuration(draft.limitMs),
          prompt: formatLimitPrompt(draft.backend),
          validate: (text) => validateTimeLimit(text, { isOptional: mayBeNone, stepMs }),
        },
      );
      return mapAnswer(answer, (text) => ({
        ...draft,
        limitMs: text.trim() === '' ? undefined : parseDuration(text),
      }));
    },
  };
}

function formatLimitPrompt({ capabilities, submit }: Backend): string {
  if (capabilities.timeLimit?.isOptional !== true) return 'Maximum run time, such as 30 min or 2 h.';
  return submit?.getDefaults
    ? "Maximum run time, such as 30 min or 2 h. Leave empty for the script's or cluster's default."
    : 'Maximum run time, such as 30 min or 2 h. Leave empty for no limit.';
}

/** Validates a duration; undefined: valid. */
export function validateTimeLimit(
  text: string,
  { isOptional: mayBeNone, stepMs }: { readonly isOptional: boolean; readonly stepMs?: number | undefined },
): string | undefined {
  if (text.trim() === '') return mayBeNone ? undefined : 'Enter a duration such as 30 min or 2 h.';
  const ms = parseDuration(text);
  if (ms === undefined) return 'Invalid duration. Use a form such as 90 s, 30 min, 2 h, or 1 h 30 min.';
  if (stepMs === undefined || ms % stepMs === 0) return undefined;
  return stepMs === hourMs ? 'Enter whole hours.' : `Only multiples of ${formatDuration(stepMs)}.`;
}

function createQuestionStep(
  ui: UserInterface,
  title: string,
  question: Question,
  questions: readonly Question[],
): WizardStep<SubmissionDraft> {
  return {
    id: question.id,
    ...(question.optional ? { optional: true } : {}),
    run: async (draft, at) => {
      const step = { ...at, title: `${title}: ${question.title}` };
      const answer = await askQuestion(ui, step, question, resolveAnswers(questions, draft.options));
      return mapAnswer(answer, (value) => ({
        ...draft,
        options: { ...draft.options, [question.id]: value },
      }));
    },
  };
}

const mapAnswer = <A, B>(answer: StepAnswer<A>, use: (value: A) => B): StepAnswer<B> =>
  answer.kind === 'value' ? { kind: 'value', value: use(answer.value) } : answer;

function validateParsedLine(split: ParsedArgs | ParsedEnv): string | undefined {
  if (!('wrong' in split)) return undefined;
  return split.wrong === 'unclosed' ? 'Unclosed quote.' : `"${split.word}" must have the form name=value.`;
}
