import type { LogProgress } from '../jobs/progressTracker.js';
import { formatDuration } from './formatting.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/** The percentage from which the time left is estimated, and how much it must have grown. */
const minEstimatedPercent = 2;

/** How long a progress bar may stand still before it no longer counts as moving: at least, and in usual steps. */
const minStandstillMs = 30_000;
const maxStandstillSteps = 3;

/** The progress of a job with the estimated time left: `45 % · 3 min left`. */
export function formatProgress(progress: LogProgress, now: Date): string {
  const percent = `${String(Math.floor(progress.percent))} %`;
  const leftMs = estimateTimeLeftMs(progress, now);
  return leftMs === undefined ? percent : `${percent} · ${formatTimeLeft(leftMs)} left`;
}

/** Undefined: too early, or the progress bar does not move. */
function estimateTimeLeftMs({ percent, base, movedMs }: LogProgress, now: Date): number | undefined {
  if (!base || percent < minEstimatedPercent || percent >= 100) return undefined;
  const done = percent - base.percent;
  const tookMs = movedMs - base.atMs;
  if (done < minEstimatedPercent || tookMs <= 0) return undefined;
  const sinceMs = now.getTime() - movedMs;
  if (sinceMs > Math.max(minStandstillMs, (tookMs / done) * maxStandstillSteps)) return undefined;
  return Math.max(0, (tookMs / done) * (100 - percent) - sinceMs);
}

/** Rounded up, so that it does not look more precise than it is and does not change each second. */
function formatTimeLeft(ms: number): string {
  const unitMs = ms < minuteMs ? 5 * secondMs : minuteMs;
  const roundedMs = Math.max(1, Math.ceil(ms / unitMs)) * unitMs;
  return roundedMs < minuteMs ? `${String(roundedMs / secondMs)} s` : formatDuration(roundedMs);
}
