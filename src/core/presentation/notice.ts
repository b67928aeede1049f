import { JobError, type JobProblem } from '../domain/problem.js';
import { connectionNotices } from './connectionNotices.js';
import { jobNotices } from './jobNotices.js';
import { createDetailsAction, type ProblemNotice, type NoticeTable } from './noticeTable.js';
import { submissionNotices } from './submissionNotices.js';

export type { ProblemNotice, NoticeAction } from './noticeTable.js';

/** All notices. A missing kind of problem is a compile error. */
const notices: NoticeTable<JobProblem['kind']> = {
  ...connectionNotices,
  ...submissionNotices,
  ...jobNotices,
};

/** The sentence and actions for a problem. */
export function createNotice(problem: JobProblem): ProblemNotice {
  // SAFETY: the table has a function for exactly this kind of problem under its kind.
  const toNotice = notices[problem.kind] as (problem: JobProblem) => ProblemNotice;
  return toNotice(problem);
}

/** The notice for any error. An error that is not a {@link JobError} is reported as an internal error. */
export function createErrorNotice(error: unknown): ProblemNotice {
  if (error instanceof JobError) return createNotice(error.problem);
  const words = error instanceof Error ? error.message : String(error);
  return { text: `An internal error occurred in Batch Jobs: ${words}`, actions: [createDetailsAction()] };
}
