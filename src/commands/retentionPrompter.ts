import type {
  RetentionPrompter,
  ExpiredJob,
  RetentionAnswer,
  RetentionRequest,
} from '../core/domain/retention.js';
import type { UserInterface } from './ui.js';

type RetentionUi = Pick<UserInterface, 'showMessage' | 'show' | 'runAction'>;

/**
 * Lists the finished jobs that exceed the retention settings, names these settings, and confirms before
 * deleting any job.
 */
export const createRetentionPrompter =
  (ui: RetentionUi): RetentionPrompter =>
  async (request) => {
    const review = 'Review…';
    const settings = 'Open Settings';
    const pressed = await ui.showMessage('info', formatIntroduction(request), [review, settings]);
    if (pressed === settings)
      await ui.runAction({
        kind: 'openSetting',
        title: settings,
        target: `@id:${request.settings.join(',')}`,
      });
    return pressed === review ? reviewExpiredJobs(request, ui) : undefined;
  };

function formatIntroduction({ place, jobs, ...bounds }: RetentionRequest): string {
  const unseen = jobs.filter(({ hasUnseenResults }) => hasUnseenResults).length;
  const kept = formatRetentionLimits(bounds);
  if (unseen === jobs.length)
    return unseen === 1
      ? `1 finished job of ${place} exceeds the retention limit (${kept}), but its result files were never opened. It is kept until you agree to delete it.`
      : `${String(jobs.length)} finished jobs of ${place} exceed the retention limit (${kept}), but their result files were never opened. They are kept until you agree to delete them.`;
  const text =
    jobs.length === 1
      ? `1 finished job of ${place} exceeds the retention limit (${kept}). The job and its files are deleted only if you agree.`
      : `${String(jobs.length)} finished jobs of ${place} exceed the retention limit (${kept}). The jobs and their files are deleted only if you agree.`;
  if (unseen === 0) return text;
  return `${text} The result files of ${String(unseen)} were never opened.`;
}

function formatRetentionLimits({ maxJobs, maxDays }: Partial<RetentionRequest>): string {
  const texts = [
    ...(maxJobs === undefined ? [] : [`the newest ${String(maxJobs)}`]),
    ...(maxDays === undefined ? [] : [`for ${String(maxDays)} days`]),
  ];
  return texts.join(', ');
}

async function reviewExpiredJobs(
  request: RetentionRequest,
  ui: RetentionUi,
): Promise<RetentionAnswer | undefined> {
  const { jobs, place } = request;
  const unseen = jobs.filter(({ hasUnseenResults }) => hasUnseenResults).length;
  const seen = jobs.length - unseen;
  await ui.show({ title: `Old jobs of ${place}.txt`, text: formatExpiredJobs(request) });
  const some = `Delete ${String(seen)} Without Unopened Results`;
  const all = unseen > 0 ? `Delete All ${String(jobs.length)}` : `Delete ${String(jobs.length)}`;
  const keep = 'Keep';
  const pressed = await ui.showMessage(
    'warning',
    `Delete the listed jobs of ${place} and their files? This cannot be undone.`,
    [...(seen > 0 && unseen > 0 ? [some] : []), all, keep],
  );
  if (pressed === keep) return 'keep';
  if (pressed === all) return unseen > 0 ? 'removeAll' : 'removeSeen';
  return pressed === some ? 'removeSeen' : undefined;
}

function formatExpiredJobs({ place, jobs, settings, ...bounds }: RetentionRequest): string {
  return [
    `Finished jobs of ${place} that exceed the retention limit (${formatRetentionLimits(bounds)}).`,
    `Retention settings: ${settings.join(', ')}.`,
    'Jobs marked with * have result files that were never opened, revealed, or downloaded.',
    '',
    ...jobs.map((job) => formatExpiredJob(job)),
    '',
  ].join('\n');
}

const formatExpiredJob = ({ id, name, ended, hasUnseenResults }: ExpiredJob): string =>
  [hasUnseenResults ? '*' : ' ', ended ? ended.toISOString().slice(0, 10) : ' '.repeat(10), id, name].join(
    '  ',
  );
