import { JobError, type Problem } from '../domain/problem.js';
import { connectionNotices } from './connectionNotices.js';
import { jobNotices } from './jobNotices.js';
import { detailsOffer, type Notice, type NoticeTable } from './noticeTable.js';
import { submissionNotices } from './submissionNotices.js';

export type { Notice, Offer } from './noticeTable.js';

/** All notices. A missing kind of problem is a compile error. */
const notices: NoticeTable<Problem['kind']> = { ...connectionNotices, ...submissionNotices, ...jobNotices };

/** The sentence and actions for a problem. */
export function noticeOf(problem: Problem): Notice {
  // SAFETY: the table has a function for exactly this kind of problem under its kind.
  const toNotice = notices[problem.kind] as (problem: Problem) => Notice;
  return toNotice(problem);
}

/** The notice for any error. An error that is not a {@link JobError} is reported as an internal error. */
export function noticeOfError(error: unknown): Notice {
  if (error instanceof JobError) return noticeOf(error.problem);
  const words = error instanceof Error ? error.message : String(error);
  return { text: `An internal error occurred in Batch Jobs: ${words}`, offers: [detailsOffer()] };
}
