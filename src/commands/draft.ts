import { canSend, type Backend } from '../core/domain/backend.js';
import type { Application, Request, Work } from '../core/domain/jobSpec.js';
import type { Answers } from '../core/domain/questions.js';
import { answersOf, askedOf, rememberable, wrongAnswer } from '../core/domain/questions.js';
import type { Memory } from '../core/domain/ports.js';
import { holdsSecret, withoutSecretValues } from '../lib/secretValues.js';
import type { Line } from './review.js';

/** A submission as far as it is decided. */
export interface Draft {
  readonly backend: Backend;
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs?: number | undefined;
  /** What was answered; what was not stands with its question's initial. */
  readonly options: Answers;
  /** Of a bundle: the script inside. */
  readonly entry?: string;
  /** Of a script: the folder of its language environment; empty: none; undefined: the one that lies nearest. */
  readonly environment?: string;
  /** What was answered the last time; undefined: nothing is known of it. */
  readonly recalled?: Pick<Draft, 'options' | 'limitMs'>;
  /** Names of arguments and variables of the last time that were not kept, since they hold secrets. */
  readonly omitted?: readonly string[];
}

const lastConnection = 'submit.connection';
const lastChoices = (key: string): string => `submit.choices:${key}`;

/** How many scripts' and folders' choices are kept. */
const kept = 100;

/**
 * The draft a click begins with: the connection used last, and for the same script or folder the last arguments,
 * environment and limit. `script`: the name of the one that runs, where it is known. Undefined: there is no connection
 * that takes this kind of work.
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
  // What an earlier version has written down may be more than what counts.
  const options = rememberable(backend.submit?.questions?.(work) ?? [], choices.options);
  const recalled = { options, ...(choices.limitMs === undefined ? {} : { limitMs: choices.limitMs }) };
  return fit(backend, { ...choices, options, recalled, name, backend });
}

/** True where a backend runs scripts of this name's ending. */
export function takesScript({ capabilities }: Backend, name: string | undefined): boolean {
  const endings = capabilities.scriptEndings;
  if (!endings || name === undefined) return true;
  return endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
}

/** The backend as it asks for one application: not each takes what others do. */
export function askingFor(backend: Backend, application: Application): Backend {
  const { submit } = backend;
  const ask = submit?.questions;
  return ask ? { ...backend, submit: { ...submit, questions: (work) => ask(work, application) } } : backend;
}

/** True where the draft can be sent as it stands: its backend has no question left, and nothing was left out. */
export const isDecided = ({ backend, options, omitted = [] }: Draft, work: Work['kind']): boolean =>
  omitted.length === 0 && wrongAnswer(backend.submit?.questions?.(work) ?? [], options) === undefined;

/** An answer from the last time that counts only once the user has seen it. */
export interface RecalledAnswer {
  /** Of its question, or `limit`. */
  readonly id: string;
  /** The question's; undefined: the time limit. */
  readonly title: string | undefined;
  readonly value: string;
}

/** The answers from the last time that still stand and have to be seen first. */
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

/** The draft as if nothing of that had been answered. */
export function withoutRecalled(draft: Draft, work: Work['kind']): Draft {
  const ids = new Set(recalledAnswers(draft, work).map(({ id }) => id));
  const options = Object.fromEntries(Object.entries(draft.options).filter(([id]) => !ids.has(id)));
  const rest = { ...draft, options };
  return ids.has('limit') ? { ...rest, limitMs: draft.backend.capabilities.timeLimit?.defaultMs } : rest;
}

/** The draft without what another backend does not take. */
export function fit(backend: Backend, draft: Draft): Draft {
  const { timeLimit: limit, args, env } = backend.capabilities;
  const limitMs = limit ? (draft.limitMs ?? limit.defaultMs) : undefined;
  return { ...draft, backend, args: args ? draft.args : [], env: env ? draft.env : {}, limitMs };
}

/** Remembers what is to be sent, for the next time. */
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

/** The review's line on what was not kept of the last time; none where all was. */
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

/** What is sent along with the work. */
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
    // Answers to the questions of one connection mean nothing to another.
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
