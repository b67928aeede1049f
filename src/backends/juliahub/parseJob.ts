import * as z from 'zod/mini';
import { toJobId, type Job, type JobState } from '../../core/domain/job.js';
import { isLoopback } from '../../http/secureUrl.js';
import { createItemScanner } from '../../http/jsonItems.js';
import { parseFiles, wellFormedText } from './files.js';
import { parseJson } from '../../lib/json.js';

/** An optional text. A value of an unexpected form is ignored, so that the job is still shown. */
const lenientText = z.catch(z.optional(z.nullable(z.string())), undefined);

/**
 * The properties of a job that are used; all others remain in the raw record. Source:
 * docs/protocols/juliahub.md, 2.3.
 */
const JobShape = z.object({
  jobname: z.string().check(z.minLength(1), z.maxLength(200), wellFormedText),
  status: z.catch(z.string(), ''),
  jobname_alias: lenientText,
  submittimestamp: lenientText,
  starttimestamp: lenientText,
  endtimestamp: lenientText,
  inputs: lenientText,
  outputs: lenientText,
  proxy_link: lenientText,
  files: z.optional(z.unknown()),
  limit_type: lenientText,
});

// A Map, since `in` on an object also finds `toString`.
const jobStates = new Map<string, (word: string) => JobState>([
  ['SubmitInitialized', (word) => ({ kind: 'queued', word })],
  ['Submitted', (word) => ({ kind: 'queued', word })],
  ['Pending', (word) => ({ kind: 'queued', word })],
  ['Running', (word) => ({ kind: 'running', word })],
  ['Completed', (word) => ({ kind: 'ended', word, outcome: 'completed' })],
  ['Failed', (word) => ({ kind: 'ended', word, outcome: 'failed' })],
  ['Stopped', (word) => ({ kind: 'ended', word, outcome: 'stopped' })],
]);

/**
 * The state for the server's word; `unknown` for an unknown word. Source: docs/protocols/juliahub.md, 2.4.
 */
export const toJuliaHubState = (word: string): JobState =>
  jobStates.get(word)?.(word) ?? { kind: 'unknown', word };

/** Parses a job; returns the reason if it is malformed. `plainLoopback`: the same value as for the server. */
export function parseJuliaHubJob(
  outside: unknown,
  plainLoopback: boolean,
): Job | { readonly malformed: string } {
  const read = JobShape.safeParse(outside);
  if (!read.success) return { malformed: `job ${parseJobName(outside)}: ${z.prettifyError(read.error)}` };
  const wire = read.data;
  const inputs = parseInputs(wire.inputs ?? '');
  // The names of the job and its application are set by this extension and are not inputs of the user.
  const { jobname: alias, jr_uuid: _, ...env } = inputs;
  const endpoint = toEndpoint(wire.proxy_link ?? '', plainLoopback);
  const { files } = parseFiles(wire.files);
  const code = files.find(({ kind, name }) => kind === 'input' && name.endsWith('.jl'));
  const times = {
    submitted: parseJobTime(wire.submittimestamp),
    started: parseJobTime(wire.starttimestamp),
    ended: parseJobTime(wire.endtimestamp),
  };
  const state = toJuliaHubState(wire.status);
  return {
    id: toJobId(wire.jobname),
    name: findFirstText(wire.jobname_alias ?? '', alias ?? '', wire.jobname),
    state,
    ...(times.submitted ? { submitted: times.submitted } : {}),
    ...(times.started ? { started: times.started } : {}),
    // Some servers return an end time before the job has finished.
    ...(times.ended && state.kind === 'ended' ? { ended: times.ended } : {}),
    ...(wire.limit_type === 'time' ? { isLimited: true as const } : {}),
    resources: [],
    inputs: env,
    ...(code ? { script: code.name } : {}),
    ...(wire.outputs ? { results: wire.outputs } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    files,
    raw: outside,
  };
}

const InputsShape = z.object({ inputs: z.string() });

/**
 * The identity of a job's application: a package's UUID, a repository's URL, or an application of the server;
 * undefined if it is not an application. Source: docs/protocols/juliahub.md, 3.4 and 3.7.
 */
export function parseApplicationId(outside: unknown): string | undefined {
  const read = InputsShape.safeParse(outside);
  const identity = read.success ? parseInputs(read.data.inputs)['jr_uuid'] : undefined;
  return identity === '' ? undefined : identity;
}

const findFirstText = (...texts: readonly string[]): string =>
  texts.find((text) => text.trim() !== '')?.trim() ?? '';

function parseJobName(outside: unknown): string {
  const read = z.object({ jobname: z.unknown() }).safeParse(outside);
  return read.success ? String(read.data.jobname).slice(0, 40) : '?';
}

/** Undefined if missing or not a time. */
function parseJobTime(text: string | null | undefined): Date | undefined {
  // Without a zone it is UTC, as in logs. Source: docs/protocols/juliahub.md, 5.1.
  const zoned = text && /(Z|[+-]\d\d:?\d\d)$/i.test(text.trim()) ? text : `${text ?? ''}Z`;
  const time = text ? new Date(zoned) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}

/** Inputs are texts; deeper nesting is shown unparsed. */
const maxInputDepth = 50;

const InputRecordShape = z.record(z.string(), z.unknown());

/**
 * Parses the inputs, which the server sends as JSON in a string, sometimes escaped twice. Source:
 * docs/protocols/juliahub.md, 2.3. A value that is not an object is shown as one input.
 */
export function parseInputs(text: string): Readonly<Record<string, string>> {
  if (text.trim() === '') return {};
  for (const candidate of [text, unescapeBackslashes(text)]) {
    const read = InputRecordShape.safeParse(parseJsonWithin(candidate, maxInputDepth));
    if (!read.success) continue;
    const pairs = Object.entries(read.data).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    return Object.fromEntries(pairs);
  }
  return { inputs: text };
}

/** The value of a JSON text; undefined if it is not valid JSON or nested too deeply. */
export function parseJsonWithin(text: string, maxDepth: number): unknown {
  const values: unknown[] = [];
  const scanner = createItemScanner({ maxChars: Infinity, maxDepth }, (item) => {
    values.push('value' in item ? item.value : undefined);
  });
  try {
    scanner.push(`[${text}]`);
  } catch {
    return undefined;
  }
  return scanner.hasEnded() && values.length === 1 ? values[0] : undefined;
}

/** Removes one level of backslashes. */
function unescapeBackslashes(text: string): string {
  const value = parseJson(`"${text}"`);
  return typeof value === 'string' ? value : text.replace(/\\(.)/g, '$1');
}

/**
 * The URL of the port opened by a job; undefined if it is not only a scheme and a host. Source:
 * docs/protocols/juliahub.md, 2.3.
 */
function toEndpoint(link: string, plainLoopback: boolean): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const url = new URL(link);
  const secure = url.protocol === 'https:' || (plainLoopback && isLoopback(url.hostname));
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return secure && bare ? url.href : undefined;
}
