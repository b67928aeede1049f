import { canSend, type Backend } from '../core/domain/backend.js';
import type { Application, Request, Work } from '../core/domain/jobSpec.js';
import type { Answers } from '../core/domain/questions.js';
import { answersOf, askedOf, rememberable, wrongAnswer } from '../core/domain/questions.js';
import type { Memory } from '../core/domain/ports.js';
import { holdsSecret, withoutSecretValues } from '../lib/secretValues.js';
import type { Line } from './review.js';

/** A submission that is still being edited. */
export interface Draft {
  readonly backend: Backend;
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs?: number | undefined;
  /** Answers by question id. A missing answer means the question's initial value. */
  readonly options: Answers;
  /** The script to run in a bundle. */
  readonly entry?: string;
  /** Folder of a script's language environment; empty: none; undefined: the nearest one. */
  readonly environment?: string;
  /** Answers of the last submission; undefined: unknown. */
  readonly recalled?: Pick<Draft, 'options' | 'limitMs'>;
  /** Names of arguments and variables that were not stored because they contain secrets. */
  readonly omitted?: readonly string[];
}

const lastConnection = 'submit.connection';
const lastChoices = (key: string): string => `submit.choices:${key}`;

/** Maximum number of scripts and folders whose choices are stored. */
const kept = 100;

/**
 * The initial draft: the connection used last, and the last arguments, environment, and limit for the same
 * script or folder. `script`: name of the script to run, if known. Undefined: no connection supports this
 * kind of work.
 */
export function firstDraft(
  backends: readonly Backend[],
  work: Work['kind'],
  key: string,
  name: string,
  memory: Memory,
  script?: string,
): Draft | undefined {
  const able = backends.filter((backend) => canSend(backend, work) && takesScript(backend, script));
  const last = memory.get(lastConnection);
  const backend = able.find(({ connection }) => connection.id === last) ?? able[0];
  if (!backend) return undefined;
  const choices = readChoices(memory.get(lastChoices(key)), backend);
  // Earlier versions stored more answers than apply now.
  const options = rememberable(backend.submit?.questions?.(work) ?? [], choices.options);
  const recalled = { options, ...(choices.limitMs === undefined ? {} : { limitMs: choices.limitMs }) };
  return fit(backend, { ...choices, options, recalled, name, backend });
}

/** True if a backend runs scripts with this file extension. */
export function takesScript({ capabilities }: Backend, name: string | undefined): boolean {
  const endings = capabilities.scriptEndings;
  if (!endings || name === undefined) return true;
  return endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
}

/** The backend with the questions for one application, which can differ between applications. */
export function askingFor(backend: Backend, application: Application): Backend {
  const { submit } = backend;
  const ask = submit?.questions;
  return ask ? { ...backend, submit: { ...submit, questions: (work) => ask(work, application) } } : backend;
}

/** True if the draft can be submitted as it is: no question is unanswered, and no value was omitted. */
export const isDecided = ({ backend, options, omitted = [] }: Draft, work: Work['kind']): boolean =>
  omitted.length === 0 && wrongAnswer(backend.submit?.questions?.(work) ?? [], options) === undefined;

/** A stored answer that applies only after the user has seen it. */
export interface RecalledAnswer {
  /** Id of its question, or `limit`. */
  readonly id: string;
  /** Title of its question; undefined: the time limit. */
  readonly title: string | undefined;
  readonly value: string;
}

/** The stored answers that still apply and must be shown first. */
export function recalledAnswers(draft: Draft, work: Work['kind']): readonly RecalledAnswer[] {
  const { backend, recalled, options, limitMs } = draft;
  const asked = askedOf(backend.submit?.questions?.(work) ?? [], options).flatMap(
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

/** The draft without {@link recalledAnswers}. */
export function withoutRecalled(draft: Draft, work: Work['kind']): Draft {
  const ids = new Set(recalledAnswers(draft, work).map(({ id }) => id));
  const options = Object.fromEntries(Object.entries(draft.options).filter(([id]) => !ids.has(id)));
  const rest = { ...draft, options };
  return ids.has('limit') ? { ...rest, limitMs: draft.backend.capabilities.timeLimit?.defaultMs } : rest;
}

/** The draft for another backend, without the parts that it does not support. */
export function fit(backend: Backend, draft: Draft): Draft {
  const { timeLimit: limit, args, env } = backend.capabilities;
  const limitMs = limit ? (draft.limitMs ?? limit.defaultMs) : undefined;
  return { ...draft, backend, args: args ? draft.args : [], env: env ? draft.env : {}, limitMs };
}

/** Stores the choices of a submission for the next one. */
export async function remember(memory: Memory, key: string, draft: Draft, work: Work['kind']): Promise<void> {
  const connection = draft.backend.connection.id;
  const options = rememberable(draft.backend.submit?.questions?.(work) ?? [], draft.options);
  await memory.set(lastConnection, connection);
  const { limitMs, entry, environment } = draft;
  const { args, env, omitted } = withoutSecretValues(draft.args, draft.env);
  const pairs = Object.entries(options);
  const secret = pairs.filter(([, value]) => holdsSecret(value)).map(([id]) => id);
  await memory.set(lastChoices(key), {
    ...{ connection, args, env, limitMs, entry, environment },
    options: Object.fromEntries(pairs.filter(([id]) => !secret.includes(id))),
    omitted: [...omitted, ...secret],
  });
  const order = memory.get('submit.order');
  const known: readonly unknown[] = Array.isArray(order) ? order : [];
  const keys = [key, ...known.filter((old) => typeof old === 'string').filter((old) => old !== key)];
  await Promise.all(keys.slice(kept).map((old) => memory.set(lastChoices(old), undefined)));
  await memory.set('submit.order', keys.slice(0, kept));
}

/** The review's warning about secrets that were not stored; empty if there are none. */
export const omittedLines = ({ omitted = [] }: Draft): readonly Line[] =>
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
export const toRequest = (draft: Draft, work: Work['kind']): Request => ({
  name: draft.name,
  args: draft.args,
  env: draft.env,
  options: answersOf(draft.backend.submit?.questions?.(work) ?? [], draft.options),
  ...(draft.limitMs === undefined ? {} : { limitMs: draft.limitMs }),
});

type Choices = Pick<Draft, 'args' | 'env' | 'limitMs' | 'options' | 'entry' | 'environment' | 'omitted'>;

function readChoices(value: unknown, { connection }: Backend): Choices {
  const at = isRecord(value) ? value : {};
  const { args, limitMs, entry, environment, omitted } = at;
  return {
    args: Array.isArray(args) ? args.filter((arg) => typeof arg === 'string') : [],
    env: texts(at['env']),
    // Answers apply only to the connection that asked the questions.
    options: at['connection'] === connection.id ? texts(at['options']) : {},
    ...(typeof limitMs === 'number' && limitMs > 0 ? { limitMs } : {}),
    ...(typeof entry === 'string' ? { entry } : {}),
    ...(typeof environment === 'string' ? { environment } : {}),
    ...(Array.isArray(omitted) ? { omitted: omitted.filter((name) => typeof name === 'string') } : {}),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function texts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}
