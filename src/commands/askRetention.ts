import type {
  AskRetention,
  ExpiredJob,
  RetentionAnswer,
  RetentionRequest,
} from '../core/domain/retention.js';
import type { Say } from '../lib/say.js';
import type { Ui } from './ui.js';

type RetentionUi = Pick<Ui, 'say' | 'tell' | 'show' | 'follow'>;

/** Says which ended jobs the settings no longer keep and where these settings are, and asks before any is removed. */
export const askRetention =
  (ui: RetentionUi): AskRetention =>
  async (request) => {
    const { say } = ui;
    const review = say('Review…');
    const settings = say('Open Settings');
    const pressed = await ui.tell('info', introduction(request, say), [review, settings]);
    if (pressed === settings)
      await ui.follow({ do: 'openSetting', title: settings, about: `@id:${request.settings.join(',')}` });
    return pressed === review ? decide(request, ui) : undefined;
  };

function introduction({ place, jobs, ...bounds }: RetentionRequest, say: Say): string {
  const unseen = jobs.filter(({ hasUnseenResults }) => hasUnseenResults).length;
  const kept = boundsText(bounds, say);
  if (unseen === jobs.length)
    return unseen === 1
      ? say(
          'One ended job of {0} is beyond what is kept ({1}), but its result files were never opened. It stays until you agree to remove it.',
          place,
          kept,
        )
      : say(
          '{0} ended jobs of {1} are beyond what is kept ({2}), but their result files were never opened. They stay until you agree to remove them.',
          jobs.length,
          place,
          kept,
        );
  const text =
    jobs.length === 1
      ? say(
          'One ended job of {0} is beyond what is kept ({1}). It is removed, with its files, only if you agree.',
          place,
          kept,
        )
      : say(
          '{0} ended jobs of {1} are beyond what is kept ({2}). They are removed, with their files, only if you agree.',
          jobs.length,
          place,
          kept,
        );
  if (unseen === 0) return text;
  return `${text} ${say('The result files of {0} were never opened.', unseen)}`;
}

function boundsText({ maxJobs, maxDays }: Partial<RetentionRequest>, say: Say): string {
  const texts = [
    ...(maxJobs === undefined ? [] : [say('the newest {0}', maxJobs)]),
    ...(maxDays === undefined ? [] : [say('for {0} days', maxDays)]),
  ];
  return texts.join(', ');
}

async function decide(request: RetentionRequest, ui: RetentionUi): Promise<RetentionAnswer | undefined> {
  const { say } = ui;
  const { jobs, place } = request;
  const unseen = jobs.filter(({ hasUnseenResults }) => hasUnseenResults).length;
  const seen = jobs.length - unseen;
  await ui.show({ title: say('Old jobs of {0}', `${place}.txt`), text: listText(request, say) });
  const some = say('Remove {0} Without Unopened Results', seen);
  const all = unseen > 0 ? say('Remove All {0}', jobs.length) : say('Remove {0}', jobs.length);
  const keep = say('Keep');
  const pressed = await ui.tell(
    'warning',
    say('Remove the listed jobs of {0} and their files? This cannot be undone.', place),
    [...(seen > 0 && unseen > 0 ? [some] : []), all, keep],
  );
  if (pressed === keep) return 'keep';
  if (pressed === all) return unseen > 0 ? 'removeAll' : 'removeSeen';
  return pressed === some ? 'removeSeen' : undefined;
}

function listText({ place, jobs, settings, ...bounds }: RetentionRequest, say: Say): string {
  return [
    say('Ended jobs of {0} that are beyond what is kept ({1}).', place, boundsText(bounds, say)),
    say('The settings that say how much is kept: {0}.', settings.join(', ')),
    say('Those marked with * have result files that were never opened, revealed or downloaded.'),
    '',
    ...jobs.map((job) => lineOf(job)),
    '',
  ].join('\n');
}

const lineOf = ({ id, name, ended, hasUnseenResults }: ExpiredJob): string =>
  [hasUnseenResults ? '*' : ' ', ended ? ended.toISOString().slice(0, 10) : ' '.repeat(10), id, name].join(
    '  ',
  );
