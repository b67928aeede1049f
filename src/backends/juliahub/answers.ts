import type * as z from 'zod/mini';
import { JobError } from '../../core/domain/problem.js';
import type { Answer } from '../../http/http.js';
import { classifyAnswer, failedAnswer, saidBy } from './failedAnswer.js';
import { parsedWithin } from './wire.js';

/** The origin of a response, for messages: names of the server and the request. */
export interface Asked {
  readonly place: string;
  readonly what: string;
}

/**
 * The content of a response with status 200, validated against a schema.
 *
 * @throws {@link JobError}: `badAnswer` if the content does not match, or the error for another status or a
 * web page.
 */
export function read<T extends z.ZodMiniType>(
  answer: Answer,
  shape: T,
  asked: Asked,
  maxDepth = 100,
): z.infer<T> {
  const { place, what } = asked;
  if (classifyAnswer(answer) !== 'success') throw failedAnswer(answer, place);
  const result = shape.safeParse(parsedWithin(answer.text, maxDepth));
  if (result.success) return result.data;
  throw new JobError({ kind: 'badAnswer', place, what: `${what}, status 200` }, { cause: saidBy(answer) });
}
