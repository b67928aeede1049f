import type { Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { Dispatch } from './record.js';
import { tidy, type TidyDeps } from './retention.js';
import type { LocalSettings } from './settings.js';
import { hourMs } from '../../lib/time.js';

/** How our runner is started; a job's folder is added as the last argument. */
export interface RunnerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How jobs are started by the settings of this moment. A wrong setting is logged once; jobs are shown without it. */
export function dispatchBy(
  { program, args, env }: RunnerCommand,
  settings: () => LocalSettings,
  log: Log,
): () => Dispatch | undefined {
  let told: string | undefined;
  return () => {
    try {
      const maxRunning = Math.max(1, Math.floor(settings().maxRunning));
      return { version: 1, maxRunning, program, args: [...args], env: { ...env } };
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      if (told !== error.message) log.error('No job is started: a setting is wrong.', error);
      told = error.message;
      return undefined;
    }
  };
}

/** Milliseconds between two rounds that remove what is kept for too long. */
const tidyEveryMs = hourMs;

/** Begins such a round when it is due and none is under way, and waits for nothing. */
export function tidier(
  deps: Pick<TidyDeps, 'spool' | 'place' | 'ask' | 'log'>,
  settings: () => LocalSettings,
): () => void {
  let nextMs = 0;
  let isUnderWay = false;
  return () => {
    const nowMs = performance.now();
    if (isUnderWay || nowMs < nextMs) return;
    nextMs = nowMs + tidyEveryMs;
    isUnderWay = true;
    const round = async (): Promise<void> => tidy({ ...deps, bounds: settings().retention });
    round()
      .catch((error: unknown) => {
        deps.log.error('Old jobs could not be removed.', error);
      })
      .finally(() => {
        isUnderWay = false;
      });
  };
}
