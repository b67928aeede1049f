/** The reason of a job's failure, as its log shows it. */
export interface LogFailure {
  /** The error as the program printed it, on one line: `KeyError: 'lr'`. */
  readonly text: string;
  /** The user's own file closest to the error, as the log names it, and the line in it; undefined: not in the log. */
  readonly file?: string;
  readonly line?: number;
}

/** Finds the reason of a failure in the last lines of a log; undefined: no known error format. */
export type FindFailure = (lines: readonly string[]) => LogFailure | undefined;
