import { canSend, type Backend } from '../core/domain/backend.js';
import type { Work } from '../core/domain/jobSpec.js';
import type { Question } from '../core/domain/questions.js';
import { durationText, parseDuration } from '../core/presentation/duration.js';
import { answersOf, askedOf } from '../core/domain/questions.js';
import {
  joinWords,
  readEnvironment,
  splitWords,
  writeEnvironment,
  type Environment,
  type Words,
} from '../lib/words.js';
import { askQuestion } from './askQuestion.js';
import { fit, takesScript, type Draft } from './draft.js';
import { askEnvironmentOf, type ChosenEnvironments } from './environments.js';
import type { Answer, Item, Ui } from './ui.js';
import type { Ask } from './wizard.js';
import { hourMs } from '../lib/time.js';

/** Maximum length of a job name, which appears in rows, channel titles, and command lines. */
export const longestName = 200;

/** Validates a job name; undefined: valid. */
export function wrongName(name: string): string | undefined {
  if (name.trim() === '') return 'A job needs a name.';
  if ([...name].length > longestName) return `A name can have at most ${String(longestName)} characters.`;
  return undefined;
}

/** Choices that depend on the content. */
export interface Inside {
  /** Name of the script to run; undefined: the draft's entry. */
  readonly script?: string;
  /** The scripts of a folder. */
  readonly scripts?: readonly string[];
  /** The language environments of a script. */
  readonly environments?: ChosenEnvironments;
}

/**
 * The wizard's steps for a submission, in order, as its backend supports them. `title` is the wizard's:
 * `Submit fit.jl`. Optional steps have a valid answer already.
 */
export function asksFor(
  ui: Ui,
  title: string,
  backends: readonly Backend[],
  work: Work['kind'],
  draft: Draft,
  { scripts = [], environments, script = draft.entry }: Inside,
): readonly Ask<Draft>[] {
  const able = backends.filter((backend) => canSend(backend, work) && takesScript(backend, script));
  const { capabilities } = draft.backend;
  const questions = draft.backend.submit?.questions?.(work) ?? [];
  const asks: (Ask<Draft> | false)[] = [
    work === 'bundle' && askScript(ui, title, scripts),
    able.length > 1 && askConnection(ui, title, able),
    askName(ui, title),
    capabilities.args && askArguments(ui, title),
    capabilities.env && askEnvironment(ui, title),
    capabilities.timeLimit !== undefined && askLimit(ui, title),
    environments !== undefined &&
      capabilities.language?.id === environments.language.id &&
      askEnvironmentOf(ui, title, environments),
    ...askedOf(questions, draft.options).map(({ question }) => askOfBackend(ui, title, question, questions)),
  ];
  return asks.filter((ask) => ask !== false);
}

function askScript(ui: Ui, title: string, scripts: readonly string[]): Ask<Draft> {
  return {
    id: 'script',
    run: async (draft, at) => {
      const last = draft.entry;
      const order =
        last !== undefined && scripts.includes(last)
          ? [last, ...scripts.filter((path) => path !== last)]
          : scripts;
      const items: Item<string>[] = order.map((path) => ({
        value: path,
        label: path,
        icon: 'file-code',
        ...(path === last ? { description: 'last used' } : {}),
      }));
      const answer = await ui.pick(
        { ...at, title: `${title}: Script` },
        items,
        'Script in the folder that the job runs',
      );
      return then(answer, (entry) => ({ ...draft, entry, name: renamed(draft, entry) }));
    },
  };
}

/** The job name follows the script name until the user changes it. */
function renamed({ name, entry }: Draft, next: string): string {
  const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  return entry === undefined || name === base(entry) ? base(next) : name;
}

function askConnection(ui: Ui, title: string, able: readonly Backend[]): Ask<Draft> {
  return {
    id: 'connection',
    run: async (draft, at) => {
      const order = [draft.backend, ...able.filter((backend) => backend !== draft.backend)];
      const items: Item<Backend>[] = order.map((backend, index) => ({
        value: backend,
        label: backend.connection.title,
        icon: 'server',
        ...(index === 0 ? { description: 'last used' } : {}),
      }));
      const answer = await ui.pick({ ...at, title: `${title}: Connection` }, items, 'Where the job runs');
      return then(answer, (backend) =>
        backend === draft.backend ? draft : fit(backend, { ...draft, options: {} }),
      );
    },
  };
}

function askName(ui: Ui, title: string): Ask<Draft> {
  return {
    id: 'name',
    run: async (draft, at) => {
      const answer = await ui.type(
        { ...at, title: `${title}: Name` },
        {
          initial: draft.name,
          prompt: draft.backend.submit?.getDefaults
            ? 'Job name. Unless you change it, a name given by the script takes precedence.'
            : 'Job name',
          check: (name) => wrongName(name),
        },
      );
      return then(answer, (name) => ({ ...draft, name: name.trim() }));
    },
  };
}

function askArguments(ui: Ui, title: string): Ask<Draft> {
  return {
    id: 'arguments',
    run: async (draft, at) => {
      const answer = await ui.type(
        { ...at, title: `${title}: Arguments` },
        {
          initial: joinWords(draft.args),
          prompt: 'Command-line arguments; quote values that contain spaces. May be empty.',
          placeholder: 'input.csv --steps 1000',
          check: (line) => wrongWords(splitWords(line)),
        },
      );
      return then(answer, (line) => {
        const split = splitWords(line);
        return { ...draft, args: 'words' in split ? split.words : draft.args };
      });
    },
  };
}

function askEnvironment(ui: Ui, title: string): Ask<Draft> {
  return {
    id: 'environment',
    run: async (draft, at) => {
      const answer = await ui.type(
        { ...at, title: `${title}: Environment` },
        {
          initial: writeEnvironment(draft.env),
          prompt: 'Environment variables as name=value; quote values that contain spaces. May be empty.',
          placeholder: 'n=1000 TITLE="two words"',
          check: (line) => wrongWords(readEnvironment(line)),
        },
      );
      return then(answer, (line) => {
        const read = readEnvironment(line);
        return { ...draft, env: 'env' in read ? read.env : draft.env };
      });
    },
  };
}

function askLimit(ui: Ui, title: string): Ask<Draft> {
  return {
    id: 'limit',
    run: async (draft, at) => {
      const { mayBeNone = false, stepMs } = draft.backend.capabilities.timeLimit ?? {};
      const answer = await ui.type(
        { ...at, title: `${title}: Time Limit` },
        {
          initial: draft.limitMs === undefined ? '' : durationText(draft.limitMs),
          prompt: limitPrompt(draft.backend),
          check: (text) => wrongLimit(text, { mayBeNone, stepMs }),
        },
      );
      return then(answer, (text) => ({
        ...draft,
        limitMs: text.trim() === '' ? undefined : parseDuration(text),
      }));
    },
  };
}

function limitPrompt({ capabilities, submit }: Backend): string {
  if (capabilities.timeLimit?.mayBeNone !== true) return 'Maximum run time, such as 30 min or 2 h.';
  return submit?.getDefaults
    ? "Maximum run time, such as 30 min or 2 h. Leave empty for the script's or cluster's default."
    : 'Maximum run time, such as 30 min or 2 h. Leave empty for no limit.';
}

/** Validates a duration; undefined: valid. */
export function wrongLimit(
  text: string,
  { mayBeNone, stepMs }: { readonly mayBeNone: boolean; readonly stepMs?: number | undefined },
): string | undefined {
  if (text.trim() === '') return mayBeNone ? undefined : 'Enter a duration such as 30 min or 2 h.';
  const ms = parseDuration(text);
  if (ms === undefined) return 'Invalid duration. Use a form such as 90 s, 30 min, 2 h, or 1 h 30 min.';
  if (stepMs === undefined || ms % stepMs === 0) return undefined;
  return stepMs === hourMs ? 'Enter whole hours.' : `Only multiples of ${durationText(stepMs)}.`;
}

function askOfBackend(ui: Ui, title: string, question: Question, questions: readonly Question[]): Ask<Draft> {
  return {
    id: question.id,
    ...(question.optional ? { optional: true } : {}),
    run: async (draft, at) => {
      const step = { ...at, title: `${title}: ${question.title}` };
      const answer = await askQuestion(ui, step, question, answersOf(questions, draft.options));
      return then(answer, (value) => ({
        ...draft,
        options: { ...draft.options, [question.id]: value },
      }));
    },
  };
}

const then = <A, B>(answer: Answer<A>, use: (value: A) => B): Answer<B> =>
  answer.kind === 'value' ? { kind: 'value', value: use(answer.value) } : answer;

function wrongWords(split: Words | Environment): string | undefined {
  if (!('wrong' in split)) return undefined;
  return split.wrong === 'unclosed' ? 'Unclosed quote.' : `"${split.word}" must have the form name=value.`;
}
