import type { Backend, Request } from '../core/backend.js';
import type { Memory } from '../core/ports.js';

/** A submission as far as it is decided. */
export interface Draft {
  readonly backend: Backend;
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs?: number | undefined;
  readonly options: Readonly<Record<string, string>>;
  /** Of a bundle: the script inside. */
  readonly entry?: string;
}

const lastConnection = 'submit.connection';
const lastChoices = (key: string): string => `submit.choices:${key}`;

/** How many scripts' and folders' choices are kept. */
const kept = 100;

/**
 * The draft a click begins with: the connection used last, and for the same script or folder the last arguments,
 * environment and limit. Undefined: there is no connection that takes this kind of work.
 */
export function firstDraft(
  backends: readonly Backend[],
  work: 'script' | 'bundle',
  key: string,
  name: string,
  memory: Memory,
): Draft | undefined {
  const able = backends.filter((backend) => canSend(backend, work));
  const last = memory.get(lastConnection);
  const backend = able.find(({ connection }) => connection.id === last) ?? able[0];
  if (!backend) return undefined;
  return fit(backend, { ...readChoices(memory.get(lastChoices(key)), backend), name, backend });
}

/** True where a backend takes this kind of work. */
export const canSend = (backend: Backend, work: 'script' | 'bundle'): boolean =>
  work === 'script' ? backend.submitScript !== undefined : backend.submitBundle !== undefined;

/** The draft without what another backend does not take. */
export function fit(backend: Backend, draft: Draft): Draft {
  const { limit, args, env } = backend.accepts;
  const limitMs = limit ? (draft.limitMs ?? limit.defaultMs) : undefined;
  return { ...draft, backend, args: args ? draft.args : [], env: env ? draft.env : {}, limitMs };
}

/** Remembers what is to be sent, for the next time. */
export async function remember(memory: Memory, key: string, draft: Draft): Promise<void> {
  const connection = draft.backend.connection.id;
  await memory.set(lastConnection, connection);
  const { args, env, limitMs, options, entry } = draft;
  await memory.set(lastChoices(key), { connection, args, env, limitMs, options, entry });
  const order = memory.get('submit.order');
  const known: readonly unknown[] = Array.isArray(order) ? order : [];
  const keys = [key, ...known.filter((old) => typeof old === 'string').filter((old) => old !== key)];
  await Promise.all(keys.slice(kept).map((old) => memory.set(lastChoices(old), undefined)));
  await memory.set('submit.order', keys.slice(0, kept));
}

/** What is sent along with the work. */
export const toRequest = (draft: Draft): Request => ({
  name: draft.name,
  args: draft.args,
  env: draft.env,
  options: draft.options,
  ...(draft.limitMs === undefined ? {} : { limitMs: draft.limitMs }),
});

type Choices = Pick<Draft, 'args' | 'env' | 'limitMs' | 'options' | 'entry'>;

function readChoices(value: unknown, { connection }: Backend): Choices {
  const at = isRecord(value) ? value : {};
  const { args, limitMs, entry } = at;
  return {
    args: Array.isArray(args) ? args.filter((arg) => typeof arg === 'string') : [],
    env: texts(at['env']),
    // Answers to the questions of one connection mean nothing to another.
    options: at['connection'] === connection.id ? texts(at['options']) : {},
    ...(typeof limitMs === 'number' && limitMs > 0 ? { limitMs } : {}),
    ...(typeof entry === 'string' ? { entry } : {}),
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
