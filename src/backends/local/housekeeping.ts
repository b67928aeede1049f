import type { Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { RunnerDispatch } from './record.js';
import { deleteExpiredJobFolders, type HousekeepingDeps } from './retention.js';
import type { LocalSettings } from './settings.js';
import { hourMs } from '../../lib/time.js';

/** The command that starts a runner; a job's folder is added as the last argument. */
export interface RunnerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How jobs are started with the present settings. An invalid setting is logged once; jobs are still listed. */
export function createDispatchReader(
  { program, args, env }: RunnerCommand,
  settings: () => LocalSettings,
  log: Log,
): () => RunnerDispatch | undefined {
  let told: string | undefined;
  return () => {
    try {
      const maxRunning = Math.max(1, Math.floor(settings().maxRunning));
      return { version: 1, maxRunning, program, args: [...args], env: { ...env } };
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      if (told !== error.message) log.error('Jobs cannot be started: a setting is invalid.', error);
      told = error.message;
      return undefined;
    }
  };
}

/** The interval between rounds of retention, in milliseconds. */
const housekeepingIntervalMs = hourMs;

/** Starts a round in the background when it is due and none is running. */
export function createHousekeeper(
  deps: Pick<HousekeepingDeps, 'spool' | 'place' | 'ask' | 'log'>,
  settings: () => LocalSettings,
): () => void {
  let nextMs = 0;
  let isUnderWay = false;
  return () => {
    const nowMs = performance.now();
    if (isUnderWay || nowMs < nextMs) return;
    nextMs = nowMs + housekeepingIntervalMs;
    isUnderWay = true;
    const round = async (): Promise<void> =>
      deleteExpiredJobFolders({ ...deps, bounds: settings().retention });
    round()
      .catch((error: unknown) => {
        deps.log.error('Old jobs could not be deleted.', error);
      })
      .finally(() => {
        isUnderWay = false;
      });
  };
}
