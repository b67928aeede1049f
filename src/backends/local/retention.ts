import { rename, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { isMissing } from './errors.js';
import { jobPaths, type SpoolPaths } from './paths.js';
import type { Retention } from './settings.js';
import { allNumbers, announce, progressOf, recordOf, setActive } from './spool.js';

const dayMs = 86_400_000;

/** Milliseconds after which a submission that never became a job is litter. */
const unfinishedMs = dayMs;

/** Takes a job out of the spool at once, then removes its files. */
export async function removeJob(spool: SpoolPaths, number: number): Promise<void> {
  const { dir } = jobPaths(join(spool.jobs, String(number)));
  await mkdir(spool.trash, { recursive: true, mode: 0o700 });
  const away = join(spool.trash, `${String(number)}-${randomBytes(4).toString('hex')}`);
  const gone = await rename(dir, away).then(
    () => away,
    // Windows moves no folder in which a file is open, but removes what it can.
    (error: unknown) => (isMissing(error) ? undefined : dir),
  );
  await setActive(spool, String(number), false);
  if (gone !== undefined) await rm(gone, { recursive: true, force: true, maxRetries: 3 });
  await announce(spool);
}

/** Removes ended jobs that are too many or too old, and submissions that were never finished. */
export async function tidy(spool: SpoolPaths, { count, days }: Retention, now = Date.now()): Promise<void> {
  await rm(spool.trash, { recursive: true, force: true });
  let kept = 0;
  for (const number of [...(await allNumbers(spool))].reverse()) {
    const age = await ageOf(spool, number, now);
    if (age === 'active') continue;
    kept++;
    const tooMany = count > 0 && kept > count && age.kind === 'ended';
    const tooOld = age.kind === 'ended' ? days > 0 && age.ms > days * dayMs : age.ms > unfinishedMs;
    if (tooMany || tooOld) await removeJob(spool, number);
  }
}

type Age = { readonly kind: 'ended' | 'unfinished'; readonly ms: number } | 'active';

async function ageOf(spool: SpoolPaths, number: number, now: number): Promise<Age> {
  const paths = jobPaths(join(spool.jobs, String(number)));
  const progress = await progressOf(paths);
  if (progress && 'value' in progress) {
    return progress.value.phase === 'ended' ? { kind: 'ended', ms: now - progress.value.ended } : 'active';
  }
  const record = await recordOf(paths);
  if (record && 'value' in record && !progress) return 'active';
  const made = await stat(paths.dir).catch(() => undefined);
  // Damaged ones count as ended when they were last touched.
  return { kind: record ? 'ended' : 'unfinished', ms: made ? now - made.mtimeMs : 0 };
}
