import { createReadStream } from 'node:fs';
import * as z from 'zod/mini';
import type { Bundle, Report, Request } from '../../core/domain/jobSpec.js';
import { asJobId, type JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { Answer, Http } from '../../http/http.js';
import { Unanswered } from '../../http/reasons.js';
import { read } from './answers.js';
import type { Calls } from './calls.js';
import { failedAnswer, refusal, refusedBy, refusalWords } from './failedAnswer.js';
import { fieldsOf, uploadInfo, type Chosen, type Workload } from './fields.js';
import { multipart } from './form.js';
import { parseJson } from '../../lib/json.js';

/** Dependencies of sending a submission. */
export interface Submitting {
  readonly calls: Calls;
  /** For the presigned URL, which must not receive the token. */
  readonly http: Http;
}

/** Response timeout in milliseconds: the server responds only after it has started the job. */
const answerMs = 120_000;

/** Timeout for a part of the upload on a slow connection, in milliseconds. */
const uploadSilenceMs = 120_000;

const Submitted = z.object({
  success: z.boolean(),
  message: z.optional(z.unknown()),
  jobname: z.optional(z.string()),
});

const UploadAddress = z.object({
  success: z.optional(z.boolean()),
  message: z.optional(z.unknown()),
});

/**
 * Sends a submission once, after uploading its bundle. Source: docs/protocols/juliahub.md, 3.4 and 3.6.
 *
 * @throws {@link JobError}: `invalid` before anything is sent; `refused` in the server's words;
 * `unclearSubmit` if the job may exist although no response confirms it.
 */
export async function submit(
  work: Workload,
  request: Request,
  chosen: Chosen,
  { calls, http }: Submitting,
  signal: AbortSignal,
  report?: Report,
): Promise<JobId> {
  signal.throwIfAborted();
  const { body, contentType } = multipart(fieldsOf(work, request, chosen));
  const bundle = work.kind === 'bundle' || work.kind === 'stored' ? work.bundle : undefined;
  if (bundle) await upload(bundle, { calls, http }, signal, report);
  const { place } = calls;
  let answer: Answer;
  try {
    answer = await calls.ask(
      {
        method: 'POST',
        path: ['juliaruncloud', 'submit_job'],
        headers: { 'Content-Type': contentType },
        body,
        silenceMs: answerMs,
      },
      signal,
    );
  } catch (error) {
    throw mayBeThere(error) ? new JobError({ kind: 'unclearSubmit', place }, { cause: error }) : error;
  }
  return accepted(answer, place);
}

/** True if the request may have arrived although its response did not. */
const mayBeThere = (error: unknown): boolean =>
  error instanceof JobError &&
  error.problem.kind === 'offline' &&
  !(error.cause instanceof Unanswered && !error.cause.mayHaveArrived);

function accepted(answer: Answer, place: string): JobId {
  // A 4xx status is a refusal, even a temporary one; only the user repeats the submission.
  if (answer.status === 429) throw refusedBy(answer, place);
  if (answer.status >= 400 && answer.status < 500) throw failedAnswer(answer, place);
  const failed = failedAnswer(answer, place);
  // A proxy may have forwarded the request before it failed.
  if (answer.status !== 200) throw new JobError({ kind: 'unclearSubmit', place }, { cause: failed });
  const result = Submitted.safeParse(parseJson(answer.text));
  if (!result.success) throw new JobError({ kind: 'unclearSubmit', place }, { cause: failed });
  const { success, message, jobname } = result.data;
  if (!success) {
    throw refusal(message, place);
  }
  if (jobname === undefined || jobname === '')
    throw new JobError({ kind: 'unclearSubmit', place }, { cause: failed });
  return asJobId(jobname);
}

/**
 * Uploads the tar to a URL that the server returns for this file. Source: docs/protocols/juliahub.md, 3.6.
 */
async function upload(
  bundle: Bundle,
  { calls, http }: Submitting,
  signal: AbortSignal,
  report: Report | undefined,
): Promise<void> {
  const { place } = calls;
  const info = uploadInfo(bundle);
  const query = { ...info, file_size: String(info.file_size) };
  const path = ['jobs', 'appbundle_upload_url'];
  const answer = await calls.ask({ method: 'GET', path, query, reads: true }, signal);
  const { success, message } = read(answer, UploadAddress, { place, what: 'bundle upload URL' });
  const address = z.object({ upload_url: z.string() }).safeParse(message);
  if (success === false || !address.success || !URL.canParse(address.data.upload_url)) {
    const isSaid = typeof message === 'string' && message.trim() !== '';
    const words = isSaid ? refusalWords(message) : 'the server returned no upload URL';
    throw new JobError({ kind: 'refused', place, words });
  }
  const { status } = await http.ask(
    {
      method: 'PUT',
      url: address.data.upload_url,
      body: { bytes: bundle.bytes, read: () => counted(bundle, report) },
      silenceMs: uploadSilenceMs,
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

async function* counted({ file, bytes }: Bundle, report: Report | undefined): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const part of createReadStream(file, { highWaterMark: 262_144 })) {
    const chunk = part as Buffer; // SAFETY: a stream without an encoding yields buffers.
    yield chunk;
    done += chunk.byteLength;
    report?.(done, bytes);
  }
}
