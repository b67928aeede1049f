import { createReadStream } from 'node:fs';
import * as z from 'zod/mini';
import type { Bundle, ProgressCallback, JobRequest } from '../../core/domain/jobSpec.js';
import { toJobId, type JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { HttpResponse, HttpClient } from '../../http/http.js';
import { NoResponseError } from '../../http/networkErrors.js';
import { parseResponse } from './parseResponse.js';
import type { ServerCalls } from './serverCalls.js';
import {
  createResponseError,
  createRefusalError,
  createServerRefusedError,
  formatRefusal,
} from './httpErrors.js';
import { toFormFields, toUploadInfo, type ResolvedChoices, type JuliaHubWorkload } from './fields.js';
import { createMultipartBody } from './form.js';
import { parseJson } from '../../lib/json.js';

/** Dependencies of sending a submission. */
export interface SubmissionDeps {
  readonly calls: ServerCalls;
  /** For the presigned URL, which must not receive the token. */
  readonly http: HttpClient;
}

/** Response timeout in milliseconds: the server responds only after it has started the job. */
const submitTimeoutMs = 120_000;

/** Timeout for a part of the upload on a slow connection, in milliseconds. */
const uploadIdleMs = 120_000;

const SubmitResponseShape = z.object({
  success: z.boolean(),
  message: z.optional(z.unknown()),
  jobname: z.optional(z.string()),
});

const UploadAddressShape = z.object({
  success: z.optional(z.boolean()),
  message: z.optional(z.unknown()),
});

/**
 * Sends a submission once, after uploading its bundle. Source: docs/protocols/juliahub.md, 3.4 and 3.6.
 *
 * @throws {@link JobError}: `invalid` before anything is sent; `refused` in the server's words;
 * `unclearSubmit` if the job may exist although no response confirms it.
 */
export async function submitJob(
  work: JuliaHubWorkload,
  request: JobRequest,
  chosen: ResolvedChoices,
  { calls, http }: SubmissionDeps,
  signal: AbortSignal,
  report?: ProgressCallback,
): Promise<JobId> {
  signal.throwIfAborted();
  const { body, contentType } = createMultipartBody(toFormFields(work, request, chosen));
  const bundle = work.kind === 'bundle' || work.kind === 'stored' ? work.bundle : undefined;
  if (bundle) await uploadBundle(bundle, { calls, http }, signal, report);
  const { place } = calls;
  let answer: HttpResponse;
  try {
    answer = await calls.send(
      {
        method: 'POST',
        path: ['juliaruncloud', 'submit_job'],
        headers: { 'Content-Type': contentType },
        body,
        silenceMs: submitTimeoutMs,
      },
      signal,
    );
  } catch (error) {
    throw canHaveArrived(error) ? new JobError({ kind: 'unclearSubmit', place }, { cause: error }) : error;
  }
  return parseSubmittedJobId(answer, place);
}

/** True if the request may have arrived although its response did not. */
const canHaveArrived = (error: unknown): boolean =>
  error instanceof JobError &&
  error.problem.kind === 'offline' &&
  !(error.cause instanceof NoResponseError && !error.cause.mayHaveArrived);

function parseSubmittedJobId(answer: HttpResponse, place: string): JobId {
  // A 4xx status is a refusal, even a temporary one; only the user repeats the submission.
  if (answer.status === 429) throw createServerRefusedError(answer, place);
  if (answer.status >= 400 && answer.status < 500) throw createResponseError(answer, place);
  const failed = createResponseError(answer, place);
  // A proxy may have forwarded the request before it failed.
  if (answer.status !== 200) throw new JobError({ kind: 'unclearSubmit', place }, { cause: failed });
  const result = SubmitResponseShape.safeParse(parseJson(answer.text));
  if (!result.success) throw new JobError({ kind: 'unclearSubmit', place }, { cause: failed });
  const { success, message, jobname } = result.data;
  if (!success) {
    throw createRefusalError(message, place);
  }
  if (jobname === undefined || jobname === '')
    throw new JobError({ kind: 'unclearSubmit', place }, { cause: failed });
  return toJobId(jobname);
}

/**
 * Uploads the tar to a URL that the server returns for this file. Source: docs/protocols/juliahub.md, 3.6.
 */
async function uploadBundle(
  bundle: Bundle,
  { calls, http }: SubmissionDeps,
  signal: AbortSignal,
  report: ProgressCallback | undefined,
): Promise<void> {
  const { place } = calls;
  const info = toUploadInfo(bundle);
  const query = { ...info, file_size: String(info.file_size) };
  const path = ['jobs', 'appbundle_upload_url'];
  const answer = await calls.send({ method: 'GET', path, query, reads: true }, signal);
  const { success, message } = parseResponse(answer, UploadAddressShape, {
    place,
    what: 'bundle upload URL',
  });
  const address = z.object({ upload_url: z.string() }).safeParse(message);
  if (success === false || !address.success || !URL.canParse(address.data.upload_url)) {
    const isSaid = typeof message === 'string' && message.trim() !== '';
    const words = isSaid ? formatRefusal(message) : 'the server returned no upload URL';
    throw new JobError({ kind: 'refused', place, words });
  }
  const { status } = await http.ask(
    {
      method: 'PUT',
      url: address.data.upload_url,
      body: { bytes: bundle.bytes, read: () => readWithProgress(bundle, report) },
      silenceMs: uploadIdleMs,
    },
    signal,
  );
  if (status >= 500) {
    const why = `upload failed with server error ${String(status)}; nothing was submitted. Try again`;
    throw new JobError({ kind: 'offline', place, why, hasAnswered: true });
  }
  if (status !== 200) {
    const words = `upload failed (status ${String(status)}); nothing was submitted`;
    throw new JobError({ kind: 'refused', place, words });
  }
}

async function* readWithProgress(
  { file, bytes }: Bundle,
  report: ProgressCallback | undefined,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const part of createReadStream(file, { highWaterMark: 262_144 })) {
    const chunk = part as Buffer; // SAFETY: a stream without an encoding yields buffers.
    yield chunk;
    done += chunk.byteLength;
    report?.(done, bytes);
  }
}
