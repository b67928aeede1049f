import type * as z from 'zod/mini';
import { JobError } from '../../core/domain/problem.js';
import type { Answer } from '../../http/http.js';
import { classifyAnswer, failedAnswer, saidBy } from './failedAnswer.js';
import { parsedWithin } from './wire.js';

/** Where an answer came from: the server's name and the call's, for messages. */
export interface Asked {
  readonly place: string;
  readonly what: string;
}

/**
 * The content of an answer with status 200 in the form of a shape.
 *
 * @throws {@link JobError}: `badAnswer` where it has another form, and what `failedAnswer` makes of another status or a web
 * page.
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
