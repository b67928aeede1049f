import type {
  AskRetention,
  ExpiredJob,
  RetentionAnswer,
  RetentionRequest,
} from '../core/domain/retention.js';
import type { Ui } from './ui.js';

type RetentionUi = Pick<Ui, 'tell' | 'show' | 'follow'>;

/**
 * Lists the finished jobs that exceed the retention settings, names these settings, and confirms before
 * deleting any job.
 */
export const askRetention =
  (ui: RetentionUi): AskRetention =>
  async (request) => {
    const review = 'Review…';
    const settings = 'Open Settings';
    const pressed = await ui.tell('info', introduction(request), [review, settings]);
    if (pressed === settings)
      await ui.follow({ do: 'openSetting', title: settings, about: `@id:${request.settings.join(',')}` });
    return pressed === review ? decide(request, ui) : undefined;
  };

function introduction({ place, jobs, ...bounds }: RetentionRequest): string {
  const unseen = jobs.filter(({ hasUnseenResults }) => hasUnseenResults).length;
  const kept = boundsText(bounds);
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

function boundsText({ maxJobs, maxDays }: Partial<RetentionRequest>): string {
  const texts = [
    ...(maxJobs === undefined ? [] : [`the newest ${String(maxJobs)}`]),
    ...(maxDays === undefined ? [] : [`for ${String(maxDays)} days`]),
  ];
  return texts.join(', ');
}

async function decide(request: RetentionRequest, ui: RetentionUi): Promise<RetentionAnswer | undefined> {
  const { jobs, place } = request;
  const unseen = jobs.filter(({ hasUnseenResults }) => hasUnseenResults).length;
  const seen = jobs.length - unseen;
  await ui.show({ title: `Old jobs of ${place}.txt`, text: listText(request) });
  const some = `Delete ${String(seen)} Without Unopened Results`;
  const all = unseen > 0 ? `Delete All ${String(jobs.length)}` : `Delete ${String(jobs.length)}`;
  const keep = 'Keep';
  const pressed = await ui.tell(
    'warning',
    `Delete the listed jobs of ${place} and their files? This cannot be undone.`,
    [...(seen > 0 && unseen > 0 ? [some] : []), all, keep],
  );
  if (pressed === keep) return 'keep';
  if (pressed === all) return unseen > 0 ? 'removeAll' : 'removeSeen';
  return pressed === some ? 'removeSeen' : undefined;
}

function listText({ place, jobs, settings, ...bounds }: RetentionRequest): string {
  return [
    `Finished jobs of ${place} that exceed the retention limit (${boundsText(bounds)}).`,
    `Retention settings: ${settings.join(', ')}.`,
    'Jobs marked with * have result files that were never opened, revealed, or downloaded.',
    '',
    ...jobs.map((job) => lineOf(job)),
    '',
  ].join('\n');
}

const lineOf = ({ id, name, ended, hasUnseenResults }: ExpiredJob): string =>
  [hasUnseenResults ? '*' : ' ', ended ? ended.toISOString().slice(0, 10) : ' '.repeat(10), id, name].join(
    '  ',
  );
