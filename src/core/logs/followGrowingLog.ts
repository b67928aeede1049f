import type { LogEvent, LogPartial } from '../domain/log.js';

/** The result of one read of a log. */
export interface LogReadResult {
  /** True if the log contained new data. */
  readonly hasNews: boolean;
  /** True if more data is available than one read returns. */
  readonly isBehind: boolean;
}

/** A growing log: one or several files, on this machine or a remote one. */
export interface GrowingLog {
  /** Reads new data. `isOver`: the job has finished, so no data will follow, as far as is known. */
  readonly read: (isOver: boolean) => AsyncGenerator<readonly LogEvent[], LogReadResult>;
  /** The unfinished last line if it should be shown now, and the milliseconds after which it can be. */
  readonly nextPartial: (isOver: boolean) => { readonly event?: LogPartial; readonly inMs: number };
  /** The unfinished last lines as complete lines, when no data will follow. */
  readonly takeRest: () => readonly LogEvent[];
}

/** When a followed log is complete, and when it is read next. */
export interface FollowRules {
  /** True once the job has finished. Called before each read: data available afterwards is complete. */
  readonly isOver: () => Promise<boolean>;
  /**
   * Called when the job has finished and all available data has been read; true if no late data can appear.
   */
  readonly isComplete: (hasNews: boolean) => Promise<boolean>;
  /** Resolves when the next read is useful, after `maxMs` at the latest. Rejects if reading is aborted. */
  readonly wait: (look: {
    readonly isOver: boolean;
    readonly hasNews: boolean;
    readonly maxMs: number;
  }) => Promise<void>;
}

/** Yields the content of a log until it is complete. */
export async function* followGrowingLog(
  log: GrowingLog,
  rules: FollowRules,
): AsyncGenerator<readonly LogEvent[]> {
  for (;;) {
    const isOver = await rules.isOver();
    const { hasNews: hasLines, isBehind } = yield* log.read(isOver);
    const { event, inMs } = log.nextPartial(isOver);
    if (event) yield [event];
    if (isBehind) continue;
    const hasNews = hasLines || event !== undefined;
    if (isOver && (await rules.isComplete(hasNews))) {
      const rest = log.takeRest();
      if (rest.length > 0) yield rest;
      return;
    }
    await rules.wait({ isOver, hasNews, maxMs: inMs });
  }
}
