import { canSubmit, type Backend } from '../core/domain/backend.js';
import type { Application, JobRequest, JobWorkload } from '../core/domain/jobSpec.js';
import type { QuestionAnswers } from '../core/domain/questions.js';
import {
  resolveAnswers,
  listVisibleQuestions,
  pickStorableAnswers,
  listInvalidAnswers,
} from '../core/domain/questions.js';
import type { StateStore } from '../core/domain/ports.js';
import { hasSecret, omitSecretValues } from '../lib/secretValues.js';
import { canRunScript } from './connectionFit.js';
import type { ReviewLine } from './review.js';

/** A submission that is still being edited. */
export interface SubmissionDraft {
  readonly backend: Backend;
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs?: number | undefined;
  /** Answers by question id. A missing answer means the question's initial value. */
  readonly options: QuestionAnswers;
  /** The script to run in a bundle. */
  readonly entry?: string;
  /** Folder of a script's language environment; empty: none; undefined: the nearest one. */
  readonly environment?: string;
  /** Answers of the last submission; undefined: unknown. */
  readonly restored?: Pick<SubmissionDraft, 'options' | 'limitMs' | 'args' | 'env'>;
  /** Where the last submission ran, and the script that it ran in this folder; undefined: unknown. */
  readonly lastUsed?: LastUsed;
  /** Names of arguments and variables that were not stored because they contain secrets. */
  readonly omitted?: readonly string[];
}

/** What was chosen in the last submission. */
export interface LastUsed {
  readonly connection?: string;
  readonly entry?: string;
}

const lastConnectionKey = 'submit.connection';
const toChoicesKey = (key: string): string => `submit.choices:${key}`;

/** Maximum number of scripts and folders whose choices are stored. */
const maxStoredChoices = 100;

/**
 * The initial draft: the connection used last, and the last arguments, environment, and limit for the same
 * script or folder. `script`: name of the script to run, if known. Undefined: no connection supports this
 * kind of work.
 */
export function createDraft(
  backends: readonly Backend[],
  work: JobWorkload['kind'],
  key: string,
  name: string,
  memory: StateStore,
  script?: string,
): SubmissionDraft | undefined {
  const able = backends.filter((backend) => canSubmit(backend, work) && canRunScript(backend, script));
  const last = memory.get(lastConnectionKey);
  const backend = able.find(({ connection }) => connection.id === last) ?? able[0];
  if (!backend) return undefined;
  const choices = parseChoices(memory.get(toChoicesKey(key)), backend);
  // Earlier versions stored more answers than apply now.
  const options = pickStorableAnswers(backend.submit?.questions?.(work) ?? [], choices.options);
  const { args, env } = choices;
  const recalled = {
    options,
    args,
    env,
    ...(choices.limitMs === undefined ? {} : { limitMs: choices.limitMs }),
  };
  const lastUsed: LastUsed = {
    ...(typeof last === 'string' ? { connection: last } : {}),
    ...(choices.entry === undefined ? {} : { entry: choices.entry }),
  };
  return fitToBackend(backend, { ...choices, options, restored: recalled, lastUsed, name, backend });
}

/** The backend with the questions for one application, which can differ between applications. */
export function restrictToApplication(backend: Backend, application: Application): Backend {
  const { submit } = backend;
  const ask = submit?.questions;
  return ask ? { ...backend, submit: { ...submit, questions: (work) => ask(work, application) } } : backend;
}

/** True if the draft can be submitted as it is: no question is unanswered, and no value was omitted. */
export const isDraftComplete = (draft: SubmissionDraft, work: JobWorkload['kind']): boolean =>
  (draft.omitted ?? []).length === 0 && listMissingAnswers(draft, work).length === 0;

/** The ids of the questions that have no answer or an invalid one. */
export const listMissingAnswers = (
  { backend, options }: SubmissionDraft,
  work: JobWorkload['kind'],
): readonly string[] =>
  listInvalidAnswers(backend.submit?.questions?.(work) ?? [], options).map(({ question }) => question.id);

/** A stored answer that applies only after the user has seen it. */
export interface RestoredAnswer {
  /** Id of its question, or `limit`. */
  readonly id: string;
  /** Title of its question; undefined: the time limit. */
  readonly title: string | undefined;
  readonly value: string;
}

/** The stored answers that still apply and must be shown first. */
export function listRestoredAnswers(
  draft: SubmissionDraft,
  work: JobWorkload['kind'],
): readonly RestoredAnswer[] {
  const { backend, restored: recalled, options, limitMs } = draft;
  const asked = listVisibleQuestions(backend.submit?.questions?.(work) ?? [], options).flatMap(
    ({ question, value = '' }) => {
      const { id, title, recall, initial = '' } = question;
      const isOld = value === recalled?.options[id] && value.trim() !== initial;
      return recall === 'ask' && isOld ? [{ id, title, value }] : [];
    },
  );
  const isOldLimit = limitMs !== undefined && limitMs === recalled?.limitMs;
  if (backend.capabilities.timeLimit?.recall !== 'ask' || !isOldLimit) return asked;
  return [{ id: 'limit', title: undefined, value: String(limitMs) }, ...asked];
}

/** The draft without {@link listRestoredAnswers}. */
export function omitRestoredAnswers(draft: SubmissionDraft, work: JobWorkload['kind']): SubmissionDraft {
  const ids = new Set(listRestoredAnswers(draft, work).map(({ id }) => id));
  const options = Object.fromEntries(Object.entries(draft.options).filter(([id]) => !ids.has(id)));
  const rest = { ...draft, options };
  return ids.has('limit') ? { ...rest, limitMs: draft.backend.capabilities.timeLimit?.defaultMs } : rest;
}

/** The draft for another backend, without the parts that it does not support. */
export function fitToBackend(backend: Backend, draft: SubmissionDraft): SubmissionDraft {
  const { timeLimit: limit, args, env } = backend.capabilities;
  const limitMs = limit ? (draft.limitMs ?? limit.defaultMs) : undefined;
  return { ...draft, backend, args: args ? draft.args : [], env: env ? draft.env : {}, limitMs };
}

/** Stores the choices of a submission for the next one. */
export async function rememberDraft(
  memory: StateStore,
  key: string,
  draft: SubmissionDraft,
  work: JobWorkload['kind'],
): Promise<void> {
  const connection = draft.backend.connection.id;
  const options = pickStorableAnswers(draft.backend.submit?.questions?.(work) ?? [], draft.options);
  await memory.set(lastConnectionKey, connection);
  const { limitMs, entry, environment } = draft;
  const { args, env, omitted } = omitSecretValues(draft.args, draft.env);
  const pairs = Object.entries(options);
  const secret = pairs.filter(([, value]) => hasSecret(value)).map(([id]) => id);
  await memory.set(toChoicesKey(key), {
    ...{ connection, args, env, limitMs, entry, environment },
    options: Object.fromEntries(pairs.filter(([id]) => !secret.includes(id))),
    omitted: [...omitted, ...secret],
  });
  const order = memory.get('submit.order');
  const known: readonly unknown[] = Array.isArray(order) ? order : [];
  const keys = [key, ...known.filter((old) => typeof old === 'string').filter((old) => old !== key)];
  await Promise.all(keys.slice(maxStoredChoices).map((old) => memory.set(toChoicesKey(old), undefined)));
  await memory.set('submit.order', keys.slice(0, maxStoredChoices));
}

/** The review's warning about secrets that were not stored; empty if there are none. */
export const createOmittedLines = ({ omitted = [] }: SubmissionDraft): readonly ReviewLine[] =>
  omitted.length === 0
    ? []
    : [
        {
          label: 'Not Remembered',
          text: `${omitted.join(', ')}: secrets are not stored. Enter them again where needed.`,
          warning: true,
        },
      ];

/** The request part of a submission. */
export const toJobRequest = (draft: SubmissionDraft, work: JobWorkload['kind']): JobRequest => ({
  name: draft.name,
  args: draft.args,
  env: draft.env,
  options: resolveAnswers(draft.backend.submit?.questions?.(work) ?? [], draft.options),
  ...(draft.limitMs === undefined ? {} : { limitMs: draft.limitMs }),
});

type StoredChoices = Pick<
  SubmissionDraft,
  'args' | 'env' | 'limitMs' | 'options' | 'entry' | 'environment' | 'omitted'
>;

function parseChoices(value: unknown, { connection }: Backend): StoredChoices {
  const at = isRecord(value) ? value : {};
  const { args, limitMs, entry, environment, omitted } = at;
  return {
    args: Array.isArray(args) ? args.filter((arg) => typeof arg === 'string') : [],
    env: toTextRecord(at['env']),
    // Answers apply only to the connection that asked the questions.
    options: at['connection'] === connection.id ? toTextRecord(at['options']) : {},
    ...(typeof limitMs === 'number' && limitMs > 0 ? { limitMs } : {}),
    ...(typeof entry === 'string' ? { entry } : {}),
    ...(typeof environment === 'string' ? { environment } : {}),
    ...(Array.isArray(omitted) ? { omitted: omitted.filter((name) => typeof name === 'string') } : {}),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function toTextRecord(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}
