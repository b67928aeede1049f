import * as z from 'zod/mini';
import { parseJson } from '../../lib/json.js';

const IdentityShape = z.object({
  host: z.string(),
  pid: z.int(),
  boot: z.string(),
  start: z.string(),
});

const texts = z.record(z.string(), z.string());

/** Milliseconds since 1970, within the range of dates. */
const time = z.number().check(z.gte(-8.64e15), z.lte(8.64e15));

const RecordShape = z.object({
  version: z.literal(1),
  name: z.string(),
  work: z.enum(['script', 'bundle']),
  root: z.optional(z.string()),
  script: z.string(),
  args: z.array(z.string()),
  env: texts,
  options: texts,
  limitMs: z.optional(z.number()),
  submitted: time,
  program: z.string(),
  programArgs: z.array(z.string()),
  path: z.optional(z.string()),
  graceMs: z.number(),
});

/**
 * The snapshot of a submission, written once as `job.json`. `root` is a bundle's root directory. `script` is relative
 * to the job's `work` folder, with `/`. `program` is absolute. `path` is the PATH at submission. `graceMs` is the
 * delay between asking a job to exit and killing it.
 */
export type JobRecord = z.infer<typeof RecordShape>;

const StateShape = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('starting'), runner: IdentityShape, attempt: z.int() }),
  z.object({
    phase: z.literal('running'),
    runner: IdentityShape,
    started: time,
    main: z.optional(IdentityShape),
  }),
  z.object({
    phase: z.literal('ended'),
    outcome: z.enum(['completed', 'failed', 'stopped']),
    word: z.string(),
    reason: z.optional(z.string()),
    started: z.optional(time),
    ended: time,
    code: z.optional(z.int()),
    signal: z.optional(z.string()),
  }),
]);

/**
 * The progress of a job in `state.json`; a job without that file is queued. Times are in milliseconds since 1970.
 * `starting`: a runner was started and has not taken the job over yet.
 */
export type JobProgress = z.infer<typeof StateShape>;

/** The exit of a job. */
export type Ending = Extract<JobProgress, { phase: 'ended' }>;

const DispatchShape = z.object({
  version: z.literal(1),
  maxRunning: z.int(),
  program: z.string(),
  args: z.array(z.string()),
  env: texts,
});

/** How a runner starts the next job while no window is open. */
export type Dispatch = z.infer<typeof DispatchShape>;

const HolderShape = z.object({ identity: IdentityShape, token: z.string() });

/** The holder of the lock. */
export type Holder = z.infer<typeof HolderShape>;

const PathsShape = z.array(z.string());

/** The result of parsing a file: its content, or why it is malformed. */
export type Read<T> = { readonly value: T } | { readonly broken: string };

function reader<T>(shape: z.ZodMiniType<T>): (text: string) => Read<T> {
  return (text) => {
    const outside = parseJson(text);
    if (outside === undefined) return { broken: text.trim() === '' ? 'it is empty' : 'it is not JSON' };
    const read = shape.safeParse(outside);
    if (read.success) return { value: read.data };
    const [issue] = read.error.issues;
    return { broken: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has another form'}` };
  };
}

/** Parses `job.json`. */
export const readRecord = reader<JobRecord>(RecordShape);
/** Parses `state.json`. */
export const readProgress = reader<JobProgress>(StateShape);
/** Parses `dispatch.json`. */
export const readDispatch = reader<Dispatch>(DispatchShape);
/** Parses the lock file. */
export const readHolder = reader<Holder>(HolderShape);
/** Parses `files.json`: the paths of the submitted files. */
export const readPaths = reader<readonly string[]>(PathsShape);
