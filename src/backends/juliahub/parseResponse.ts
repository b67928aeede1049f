import type * as z from 'zod/mini';
import { JobError } from '../../core/domain/problem.js';
import type { HttpResponse } from '../../http/http.js';
import { classifyResponse, createResponseError, toMessageError } from './httpErrors.js';
import { parseJsonWithin } from './parseJob.js';

/** The origin of a response, for messages: names of the server and the request. */
export interface ResponseSource {
  readonly place: string;
  readonly what: string;
}

/**
 * The content of a response with status 200, validated against a schema.
 *
 * @throws {@link JobError}: `badAnswer` if the content does not match, or the error for another status or a
 * web page.
 */
export function parseResponse<T extends z.ZodMiniType>(
  answer: HttpResponse,
  shape: T,
  asked: ResponseSource,
  maxDepth = 100,
): z.infer<T> {
  const { place, what } = asked;
  if (classifyResponse(answer) !== 'success') throw createResponseError(answer, place);
  const result = shape.safeParse(parseJsonWithin(answer.text, maxDepth));
  if (result.success) return result.data;
  throw new JobError(
    { kind: 'badAnswer', place, what: `${what}, status 200` },
    { cause: toMessageError(answer) },
  );
}
