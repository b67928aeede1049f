import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobFiles } from '../../core/domain/backend.js';
import type { Bundle, JobDraft, JobRequest, Script } from '../../core/domain/jobSpec.js';
import type { Job, JobFile, JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { RegisteredApplication } from './applications.js';
import type { StoredWorkload } from './fields.js';
import type { JuliaHubJobStore } from './jobMetadata.js';
import { parseApplicationId } from './parseJob.js';
import { hourMs } from '../../lib/time.js';

/** Dependencies of reading an earlier submission. */
export interface StoredSubmissionDeps {
  readonly job: (id: JobId, signal: AbortSignal) => Promise<Job | undefined>;
  readonly download: NonNullable<JobFiles['read']>;
  readonly known: JuliaHubJobStore;
  /** The applications that the server offers. */
  readonly applications: (signal: AbortSignal) => Promise<readonly RegisteredApplication[]>;
}

const bundleFileName = 'appbundle.tar';

/** The code that a job was submitted with, under its local name. */
export async function readStoredScript(
  id: JobId,
  parts: StoredSubmissionDeps,
  signal: AbortSignal,
): Promise<Script> {
  const job = await findStoredJob(id, parts, signal);
  const code = findCodeFile(job);
  const name = (await parts.known.get(id))?.script ?? code.name;
  return { name, text: await readJobFileText(job, code, parts, signal) };
}

/**
 * The application of a job: as submitted by this extension, else as the server offers it now, without branch
 * or revision. Undefined: not an application, or no longer offered.
 */
export async function findStoredApplication(
  id: JobId,
  parts: StoredSubmissionDeps,
  signal: AbortSignal,
): Promise<RegisteredApplication | undefined> {
  const known = await parts.known.get(id);
  if (known?.application) {
    const { registry, ...application } = known.application;
    return registry === undefined ? application : { ...application, registry };
  }
  const named = parseApplicationId((await findStoredJob(id, parts, signal)).raw);
  if (named === undefined) return undefined;
  return (await parts.applications(signal)).find(({ identity }) => identity === named);
}

/** The request that a job was submitted with, as far as it is known. */
export async function readStoredRequest(
  id: JobId,
  parts: StoredSubmissionDeps,
  signal: AbortSignal,
): Promise<JobDraft> {
  const job = await findStoredJob(id, parts, signal);
  const application = await findStoredApplication(id, parts, signal);
  if (!application) findCodeFile(job);
  const known = await parts.known.get(id);
  const { jr_uuid: _, ...env } = job.inputs;
  const request: JobRequest = {
    name: job.name,
    args: [],
    env,
    options: known?.options ?? {},
    ...(known ? (known.limitMs === undefined ? {} : { limitMs: known.limitMs }) : { limitMs: hourMs }),
  };
  if (application) return { ...request, kind: 'application', application };
  const script = await readStoredScript(id, parts, signal);
  const isBundle = job.files.some(isBundleFile);
  return isBundle
    ? { ...request, kind: 'bundle', entry: script.name }
    : { ...request, kind: 'script', script };
}

/**
 * Downloads everything that a job was submitted with; its bundle into a temporary file, which is deleted
 * afterwards.
 */
export async function withStoredSubmission<T>(
  id: JobId,
  parts: StoredSubmissionDeps,
  signal: AbortSignal,
  use: (work: StoredWorkload) => Promise<T>,
): Promise<T> {
  const job = await findStoredJob(id, parts, signal);
  const input = async (name: string): Promise<string | undefined> => {
    const file = job.files.find((one) => one.kind === 'input' && one.name === name);
    return file && readJobFileText(job, file, parts, signal);
  };
  const [code, project, manifest] = [
    await readJobFileText(job, findCodeFile(job), parts, signal),
    await input('Project.toml'),
    await input('Manifest.toml'),
  ];
  const work: StoredWorkload = {
    kind: 'stored',
    code,
    ...(project === undefined ? {} : { project }),
    ...(manifest === undefined ? {} : { manifest }),
  };
  const tar = job.files.find(isBundleFile);
  if (!tar) return use(work);
  const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-again-'));
  try {
    const bundle = await downloadBundle(job, tar, join(folder, bundleFileName), parts, signal);
    return await use({ ...work, bundle });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const isBundleFile = ({ kind, name }: JobFile): boolean => kind === 'input' && name === bundleFileName;

async function findStoredJob(id: JobId, { job }: StoredSubmissionDeps, signal: AbortSignal): Promise<Job> {
  const found = await job(id, signal);
  if (!found) throw new JobError({ kind: 'gone', name: id });
  return found;
}

function findCodeFile({ files, name }: Job): JobFile {
  const code = files.find((file) => file.kind === 'input' && file.name === 'code.jl');
  if (code) return code;
  throw new JobError({ kind: 'invalid', why: `The server has no script for ${name}.` });
}

async function readJobFileText(
  job: Job,
  file: JobFile,
  parts: StoredSubmissionDeps,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of parts.download(job.id, file, signal)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (file.sha256 !== undefined && file.sha256 !== sha256)
    throw new JobError({ kind: 'damaged', name: file.name });
  return bytes.toString('utf8');
}

async function downloadBundle(
  job: Job,
  tar: JobFile,
  path: string,
  { download, known }: StoredSubmissionDeps,
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
  const lockFileSha256 = (await known.get(job.id))?.manifestSha256;
  const more = lockFileSha256 === undefined ? {} : { lockFileSha256 };
  return { file: path, root: job.name, files: 0, bytes, sha256, ...more };
}
