import * as z from 'zod/mini';
import { asJobId, type Job, type JobState } from '../../core/domain/job.js';
import { isLoopback } from '../../http/loopback.js';
import { createItemScanner } from '../../http/jsonItems.js';
import { readFiles, wellFormed } from './files.js';
import { parseJson } from '../../lib/json.js';

/** An optional text. A value of an unexpected form is ignored, so that the job is still shown. */
const told = z.catch(z.optional(z.nullable(z.string())), undefined);

/**
 * The properties of a job that are used; all others remain in the raw record. Source:
 * docs/protocols/juliahub.md, 2.3.
 */
const WireJob = z.object({
  jobname: z.string().check(z.minLength(1), z.maxLength(200), wellFormed),
  status: z.catch(z.string(), ''),
  jobname_alias: told,
  submittimestamp: told,
  starttimestamp: told,
  endtimestamp: told,
  inputs: told,
  outputs: told,
  proxy_link: told,
  files: z.optional(z.unknown()),
  limit_type: told,
});

// A Map, since `in` on an object also finds `toString`.
const states = new Map<string, (word: string) => JobState>([
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
export const toState = (word: string): JobState => states.get(word)?.(word) ?? { kind: 'unknown', word };

/** Parses a job; returns the reason if it is malformed. `plainLoopback`: the same value as for the server. */
export function readJob(outside: unknown, plainLoopback: boolean): Job | { readonly malformed: string } {
  const read = WireJob.safeParse(outside);
  if (!read.success) return { malformed: `job ${nameIn(outside)}: ${z.prettifyError(read.error)}` };
  const wire = read.data;
  const inputs = readInputs(wire.inputs ?? '');
  // The names of the job and its application are set by this extension and are not inputs of the user.
  const { jobname: alias, jr_uuid: _, ...env } = inputs;
  const endpoint = endpointOf(wire.proxy_link ?? '', plainLoopback);
  const { files } = readFiles(wire.files);
  const code = files.find(({ kind, name }) => kind === 'input' && name.endsWith('.jl'));
  const times = {
    submitted: timeOf(wire.submittimestamp),
    started: timeOf(wire.starttimestamp),
    ended: timeOf(wire.endtimestamp),
  };
  const state = toState(wire.status);
  return {
    id: asJobId(wire.jobname),
    name: firstText(wire.jobname_alias ?? '', alias ?? '', wire.jobname),
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

const WithInputs = z.object({ inputs: z.string() });

/**
 * The identity of a job's application: a package's UUID, a repository's URL, or an application of the server;
 * undefined if it is not an application. Source: docs/protocols/juliahub.md, 3.4 and 3.7.
 */
export function applicationIn(outside: unknown): string | undefined {
  const read = WithInputs.safeParse(outside);
  const identity = read.success ? readInputs(read.data.inputs)['jr_uuid'] : undefined;
  return identity === '' ? undefined : identity;
}

const firstText = (...texts: readonly string[]): string =>
  texts.find((text) => text.trim() !== '')?.trim() ?? '';

function nameIn(outside: unknown): string {
  const read = z.object({ jobname: z.unknown() }).safeParse(outside);
  return read.success ? String(read.data.jobname).slice(0, 40) : '?';
}

/** Undefined if missing or not a time. */
function timeOf(text: string | null | undefined): Date | undefined {
  // Without a zone it is UTC, as in logs. Source: docs/protocols/juliahub.md, 5.1.
  const zoned = text && /(Z|[+-]\d\d:?\d\d)$/i.test(text.trim()) ? text : `${text ?? ''}Z`;
  const time = text ? new Date(zoned) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}

/** Inputs are texts; deeper nesting is shown unparsed. */
const maxInputDepth = 50;

const Texts = z.record(z.string(), z.unknown());

/**
 * Parses the inputs, which the server sends as JSON in a string, sometimes escaped twice. Source:
 * docs/protocols/juliahub.md, 2.3. A value that is not an object is shown as one input.
 */
export function readInputs(text: string): Readonly<Record<string, string>> {
  if (text.trim() === '') return {};
  for (const candidate of [text, unescaped(text)]) {
    const read = Texts.safeParse(parsedWithin(candidate, maxInputDepth));
    if (!read.success) continue;
    const pairs = Object.entries(read.data).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    return Object.fromEntries(pairs);
  }
  return { inputs: text };
}

/** The value of a JSON text; undefined if it is not valid JSON or nested too deeply. */
export function parsedWithin(text: string, maxDepth: number): unknown {
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
function unescaped(text: string): string {
  const value = parseJson(`"${text}"`);
  return typeof value === 'string' ? value : text.replace(/\\(.)/g, '$1');
}

/**
 * The URL of the port opened by a job; undefined if it is not only a scheme and a host. Source:
 * docs/protocols/juliahub.md, 2.3.
 */
function endpointOf(link: string, plainLoopback: boolean): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const url = new URL(link);
  const secure = url.protocol === 'https:' || (plainLoopback && isLoopback(url.hostname));
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return secure && bare ? url.href : undefined;
}
