import * as z from 'zod/mini';
import { parseJson } from '../../lib/json.js';

const ProcessIdentityShape = z.object({
  host: z.string(),
  pid: z.int(),
  boot: z.string(),
  start: z.string(),
});

const textRecordShape = z.record(z.string(), z.string());

/** Milliseconds since 1970, within the range of dates. */
const timeShape = z.number().check(z.gte(-8.64e15), z.lte(8.64e15));

const LocalJobRecordShape = z.object({
  version: z.literal(1),
  name: z.string(),
  work: z.enum(['script', 'bundle']),
  root: z.optional(z.string()),
  script: z.string(),
  args: z.array(z.string()),
  env: textRecordShape,
  options: textRecordShape,
  limitMs: z.optional(z.number()),
  submitted: timeShape,
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
export type LocalJobRecord = z.infer<typeof LocalJobRecordShape>;

const JobProgressShape = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('starting'), runner: ProcessIdentityShape, attempt: z.int() }),
  z.object({
    phase: z.literal('running'),
    runner: ProcessIdentityShape,
    started: timeShape,
    main: z.optional(ProcessIdentityShape),
  }),
  z.object({
    phase: z.literal('ended'),
    outcome: z.enum(['completed', 'failed', 'stopped']),
    word: z.string(),
    reason: z.optional(z.string()),
    started: z.optional(timeShape),
    ended: timeShape,
    code: z.optional(z.int()),
    signal: z.optional(z.string()),
  }),
]);

/**
 * The progress of a job in `state.json`; a job without that file is queued. Times are in milliseconds since 1970.
 * `starting`: a runner was started and has not taken the job over yet.
 */
export type JobProgress = z.infer<typeof JobProgressShape>;

/** The exit of a job. */
export type LocalJobEnding = Extract<JobProgress, { phase: 'ended' }>;

const DispatchShape = z.object({
  version: z.literal(1),
  maxRunning: z.int(),
  program: z.string(),
  args: z.array(z.string()),
  env: textRecordShape,
});

/** How a runner starts the next job while no window is open. */
export type RunnerDispatch = z.infer<typeof DispatchShape>;

const HolderShape = z.object({ identity: ProcessIdentityShape, token: z.string() });

/** The holder of the lock. */
export type LockHolder = z.infer<typeof HolderShape>;

const PathsShape = z.array(z.string());

/** The result of parsing a file: its content, or why it is malformed. */
export type ParsedFile<T> = { readonly value: T } | { readonly broken: string };

function createParser<T>(shape: z.ZodMiniType<T>): (text: string) => ParsedFile<T> {
  return (text) => {
    const outside = parseJson(text);
    if (outside === undefined) return { broken: text.trim() === '' ? 'it is empty' : 'it is not JSON' };
    const read = shape.safeParse(outside);
    if (read.success) return { value: read.data };
    const [issue] = read.error.issues;
    return { broken: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected format'}` };
  };
}

/** Parses `job.json`. */
export const parseJobRecord = createParser<LocalJobRecord>(LocalJobRecordShape);
/** Parses `state.json`. */
export const parseJobProgress = createParser<JobProgress>(JobProgressShape);
/** Parses `dispatch.json`. */
export const parseDispatch = createParser<RunnerDispatch>(DispatchShape);
/** Parses the lock file. */
export const parseLockHolder = createParser<LockHolder>(HolderShape);
/** Parses `files.json`: the paths of the submitted files. */
export const parsePaths = createParser<readonly string[]>(PathsShape);
