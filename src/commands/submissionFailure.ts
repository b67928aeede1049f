import { JobError, type JobProblem } from '../core/domain/problem.js';

/** A submission that certainly created no job, and whose review can be opened again. */
export class SubmissionFailure extends JobError {
  constructor(
    problem: JobProblem,
    readonly backToReview: () => Promise<void>,
    options?: { readonly cause?: unknown },
  ) {
    super(problem, options);
  }
}

/** Problems after which the job may exist, or that the review cannot solve. */
const finalKinds: ReadonlySet<JobProblem['kind']> = new Set(['unclearSubmit', 'badAnswer', 'untrusted']);

/** Runs a submission. If it is refused, the failure leads back to the review. */
export async function runSubmission(
  submit: () => Promise<void>,
  backToReview: () => Promise<void>,
): Promise<void> {
  try {
    await submit();
  } catch (error) {
    if (!(error instanceof JobError) || finalKinds.has(error.problem.kind)) throw error;
    throw new SubmissionFailure(error.problem, backToReview, { cause: error });
  }
}
