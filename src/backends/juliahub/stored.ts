import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobFiles } from '../../core/domain/backend.js';
import type { Bundle, JobDraft, Request, Script } from '../../core/domain/jobSpec.js';
import type { Job, JobFile, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { KnownApplication } from './applications.js';
import type { Stored } from './fields.js';
import type { Remembered } from './remembered.js';
import { applicationIn } from './wire.js';
import { hourMs } from '../../lib/time.js';

/** Dependencies of reading an earlier submission. */
export interface StoredParts {
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  readonly download: NonNullable<JobFiles['read']>;
  readonly known: Remembered;
  /** The applications that the server offers. */
  readonly applications: (signal: AbortSignal) => Promise<readonly KnownApplication[]>;
}

const bundleName = 'appbundle.tar';

/** The code that a job was submitted with, under its local name. */
export async function storedScript(id: JobId, parts: StoredParts, signal: AbortSignal): Promise<Script> {
  const job = await foundJob(id, parts, signal);
  const code = codeOf(job);
  const name = (await parts.known.of(id))?.script ?? code.name;
  return { name, text: await textOf(job, code, parts, signal) };
}

/**
 * The application of a job: as submitted by this extension, else as the server offers it now, without branch
 * or revision. Undefined: not an application, or no longer offered.
 */
export async function storedApplication(
  id: JobId,
  parts: StoredParts,
  signal: AbortSignal,
): Promise<KnownApplication | undefined> {
  const known = await parts.known.of(id);
  if (known?.application) {
    const { registry, ...application } = known.application;
    return registry === undefined ? application : { ...application, registry };
  }
  const named = applicationIn((await foundJob(id, parts, signal)).raw);
  if (named === undefined) return undefined;
  return (await parts.applications(signal)).find(({ identity }) => identity === named);
}

/** The request that a job was submitted with, as far as it is known. */
export async function storedRequest(id: JobId, parts: StoredParts, signal: AbortSignal): Promise<JobDraft> {
  const job = await foundJob(id, parts, signal);
  const application = await storedApplication(id, parts, signal);
  if (!application) codeOf(job);
  const known = await parts.known.of(id);
  const { jr_uuid: _, ...env } = job.inputs;
  const request: Request = {
    name: job.name,
    args: [],
    env,
    options: known?.options ?? {},
    ...(known ? (known.limitMs === undefined ? {} : { limitMs: known.limitMs }) : { limitMs: hourMs }),
  };
  if (application) return { ...request, kind: 'application', application };
  const script = await storedScript(id, parts, signal);
  const isBundle = job.files.some(isBundleFile);
  return isBundle
    ? { ...request, kind: 'bundle', entry: script.name }
    : { ...request, kind: 'script', script };
}

/**
 * Downloads everything that a job was submitted with; its bundle into a temporary file, which is deleted
 * afterwards.
 */
export async function withStored<T>(
  id: JobId,
  parts: StoredParts,
  signal: AbortSignal,
  use: (work: Stored) => Promise<T>,
): Promise<T> {
  const job = await foundJob(id, parts, signal);
  const input = async (name: string): Promise<string | undefined> => {
    const file = job.files.find((one) => one.kind === 'input' && one.name === name);
    return file && textOf(job, file, parts, signal);
  };
  const [code, project, manifest] = [
    await textOf(job, codeOf(job), parts, signal),
    await input('Project.toml'),
    await input('Manifest.toml'),
  ];
  const work: Stored = {
    kind: 'stored',
    code,
    ...(project === undefined ? {} : { project }),
    ...(manifest === undefined ? {} : { manifest }),
  };
  const tar = job.files.find(isBundleFile);
  if (!tar) return use(work);
  const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-again-'));
  try {
    const bundle = await bundleOf(job, tar, join(folder, bundleName), parts, signal);
    return await use({ ...work, bundle });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const isBundleFile = ({ kind, name }: JobFile): boolean => kind === 'input' && name === bundleName;

async function foundJob(id: JobId, { job }: StoredParts, signal: AbortSignal): Promise<Job> {
  const found = await job(id, signal);
  if (!found) throw new JobError({ kind: 'gone', name: id });
  return found;
}

function codeOf({ files, name }: Job): JobFile {
  const code = files.find((file) => file.kind === 'input' && file.name === 'code.jl');
  if (code) return code;
  throw new JobError({ kind: 'invalid', why: `The server has no script for ${name}.` });
}

async function textOf(job: Job, file: JobFile, parts: StoredParts, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of parts.download(job.id, file, signal)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (file.sha256 !== undefined && file.sha256 !== sha256)
    throw new JobError({ kind: 'damaged', name: file.name });
  return bytes.toString('utf8');
}

async function bundleOf(
  job: Job,
  tar: JobFile,
  path: string,
  { download, known }: StoredParts,
  signal: AbortSignal,
): Promise<Bundle> {
  const hash = createHash('sha256');
  const out = await open(path, 'wx', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of download(job.id, tar, signal)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await out.write(chunk);
    }
  } finally {
    await out.close();
  }
  const sha256 = hash.digest('hex');
  if (tar.sha256 !== undefined && tar.sha256 !== sha256)
    throw new JobError({ kind: 'damaged', name: tar.name });
  const manifestSha256 = (await known.of(job.id))?.manifestSha256;
  const more = manifestSha256 === undefined ? {} : { manifestSha256 };
  return { file: path, root: job.name, files: 0, bytes, sha256, ...more };
}
