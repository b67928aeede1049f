import { JobError, type Problem } from '../domain/problem.js';
import { connectionNotices } from './connectionNotices.js';
import { jobNotices } from './jobNotices.js';
import { detailsOffer, type Notice, type NoticeTable } from './noticeTable.js';
import { submissionNotices } from './submissionNotices.js';

export type { Notice, Offer } from './noticeTable.js';

/** All notices; the compiler refuses a table that leaves out a kind of problem. */
const notices: NoticeTable<Problem['kind']> = { ...connectionNotices, ...submissionNotices, ...jobNotices };

/** The sentence and the next steps for a problem. */
export function noticeOf(problem: Problem): Notice {
  // SAFETY: the table has a function of exactly this kind of problem under its kind.
  const toNotice = notices[problem.kind] as (problem: Problem) => Notice;
  return toNotice(problem);
}

/** The same for any error: one that is not a {@link JobError} is a fault of ours and says so. */
export function noticeOfError(error: unknown): Notice {
  if (error instanceof JobError) return noticeOf(error.problem);
  const words = error instanceof Error ? error.message : String(error);
  return { text: `An internal error occurred in Batch Jobs: ${words}`, offers: [detailsOffer()] };
}
