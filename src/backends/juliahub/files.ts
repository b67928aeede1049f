import * as z from 'zod/mini';
import type { JobFiles } from '../../core/domain/backend.js';
import type { Job, JobFile, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { StreamingResponse } from '../../http/http.js';
import type { ServerCalls } from './serverCalls.js';
import { createResponseError, isNotFoundResponse, toMessageError } from './httpErrors.js';

/** A lone surrogate cannot be sent in a URL. */
export const wellFormedText = z.refine<string>((text) => !/\p{Surrogate}/u.test(text));

const FileShape = z.object({
  name: z.string().check(z.minLength(1), wellFormedText),
  type: z.string().check(z.minLength(1), wellFormedText),
  size: z.optional(z.unknown()),
  hash: z.optional(z.unknown()),
});

const HashShape = z.object({ algorithm: z.literal('sha2_256'), value: z.string() });

const fileKinds = new Map<string, JobFile['kind']>([
  ['input', 'input'],
  ['source', 'source'],
  ['project', 'project'],
  ['result', 'result'],
]);

/**
 * Parses the `files` of a job; entries of an unknown form are omitted and counted. A file of an unknown type
 * becomes an `output` in a folder with the type's name.
 *
 * Source: docs/protocols/juliahub.md, 6.
 */
export function parseFiles(outside: unknown): {
  readonly files: readonly JobFile[];
  readonly malformed: number;
} {
  if (!Array.isArray(outside)) return { files: [], malformed: 0 };
  const files = new Map<string, JobFile>();
  let malformed = 0;
  for (const item of outside) {
    const read = FileShape.safeParse(item);
    if (!read.success) malformed++;
    else {
      const file = toJobFile(read.data);
      const key = `${file.kind}/${file.name}`;
      if (!files.has(key)) files.set(key, file);
    }
  }
  return { files: [...files.values()], malformed };
}

function toJobFile({ name, type, size, hash }: z.infer<typeof FileShape>): JobFile {
  const kind = fileKinds.get(type);
  const sha256 = parseSha256(hash);
  return {
    name: kind ? name : `${encodeURIComponent(type)}/${name}`,
    kind: kind ?? 'output',
    ...(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? { bytes: size } : {}),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/**
 * A SHA-256 in lowercase hex; undefined if the server returns none, for example for a file that does not
 * exist yet. The server sends 64 hex digits, although the Julia client parses base64, so both are accepted.
 */
function parseSha256(outside: unknown): string | undefined {
  const read = HashShape.safeParse(outside);
  if (!read.success) return undefined;
  const { value } = read.data;
  if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(value) ? Buffer.from(value, 'base64') : undefined;
  return bytes?.length === 32 ? bytes.toString('hex') : undefined;
}

/** Dependencies of reading files. */
export interface FilesDeps {
  readonly calls: ServerCalls;
  /** One job, from the server; undefined if it does not exist. */
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
}

interface JuliaHubFiles {
  readonly files: (id: JobId, signal: AbortSignal) => Promise<readonly JobFile[]>;
  readonly download: NonNullable<JobFiles['read']>;
}

/** The files of jobs on the server. */
export function createJuliaHubFiles({ calls, job }: FilesDeps): JuliaHubFiles {
  return {
    files: async (id, signal) => {
      const found = await job(id, signal);
      if (!found) throw new JobError({ kind: 'gone', name: id });
      return found.files;
    },
    download: async function* (id, file, signal) {
      const { name, type } = toServerFileName(file);
      // URLs drop such a component, even if it is encoded, so that another file would be requested.
      if (name === '.' || name === '..') throw new JobError({ kind: 'unsafeName', name });
      const answer = await calls.openStream(
        // Source: docs/protocols/juliahub.md, 6.
        { method: 'GET', path: ['jobs', id, 'files', name], query: { filetype: type }, reads: true },
        signal,
      );
      if (answer.status !== 200) throw await createDownloadError(answer, file, calls.place);
      yield* answer.body;
    },
  };
}

/** The name and type of a file on the server. */
function toServerFileName({ name, kind }: JobFile): { readonly name: string; readonly type: string } {
  if (kind !== 'output') return { name, type: kind };
  const at = name.indexOf('/');
  try {
    if (at > 0) return { name: name.slice(at + 1), type: decodeURIComponent(name.slice(0, at)) };
  } catch {
    // Not a name created by this extension.
  }
  throw new JobError({ kind: 'gone', name });
}

/** Maximum length of the reason that is read, in characters. */
const maxReasonChars = 2_000;

async function createDownloadError(
  { status, body }: StreamingResponse,
  { name }: JobFile,
  place: string,
): Promise<JobError> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of body) {
    text += decoder.decode(part, { stream: true });
    if (text.length >= maxReasonChars) break;
  }
  if (isNotFoundResponse({ status, text }, [403, 404]))
    return new JobError({ kind: 'gone', name }, { cause: toMessageError({ status, text }) });
  return createResponseError({ status, text }, place);
}
