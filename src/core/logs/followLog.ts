import type { LogEvent, LogPartial } from '../domain/log.js';

/** What one look at a log brought. */
export interface LogNews {
  /** True: there was something new. */
  readonly hasNews: boolean;
  /** True: there was more than one look takes. */
  readonly isBehind: boolean;
}

/** A log that grows: one or several files, on this machine or another one. */
export interface GrowingLog {
  /** Reads on. `isOver`: what is there now is all there will be, as far as that is known. */
  readonly read: (isOver: boolean) => AsyncGenerator<readonly LogEvent[], LogNews>;
  /** The unfinished last line where it is to be shown now, and after how many milliseconds it may be. */
  readonly nextPartial: (isOver: boolean) => { readonly event?: LogPartial; readonly inMs: number };
  /** The unfinished last lines as lines: nothing more will come. */
  readonly rest: () => readonly LogEvent[];
}

/** When a log that is followed has come to its end, and when it is looked at again. */
export interface FollowRules {
  /** True once the job is over. Asked before each look: what is there after the answer is all there will be. */
  readonly isOver: () => Promise<boolean>;
  /** The job is over, and all that is there was read; true: nothing more can show late. */
  readonly isComplete: (hasNews: boolean) => Promise<boolean>;
  /** Resolves when the next look is worth it, after `maxMs` at the latest. Rejects where reading was stopped. */
  readonly wait: (look: {
    readonly isOver: boolean;
    readonly hasNews: boolean;
    readonly maxMs: number;
  }) => Promise<void>;
}

/** What a log holds, and what comes, until nothing more will. */
export async function* followLog(log: GrowingLog, rules: FollowRules): AsyncGenerator<readonly LogEvent[]> {
  for (;;) {
    const isOver = await rules.isOver();
    const { hasNews: hasLines, isBehind } = yield* log.read(isOver);
    const { event, inMs } = log.nextPartial(isOver);
    if (event) yield [event];
    if (isBehind) continue;
    const hasNews = hasLines || event !== undefined;
    if (isOver && (await rules.isComplete(hasNews))) {
      const rest = log.rest();
      if (rest.length > 0) yield rest;
      return;
    }
    await rules.wait({ isOver, hasNews, maxMs: inMs });
  }
}
