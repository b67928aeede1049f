import { readableName } from '../../lib/byteNames.js';
import { detailsOffer, phrase, type NoticeTable } from './noticeTable.js';

/** The notices of problems with jobs, their files, and the disk. */
export const jobNotices: NoticeTable<
  'gone' | 'notListening' | 'unreadable' | 'diskFull' | 'disk' | 'unsafeName' | 'unwritableName' | 'damaged'
> = {
  gone: (problem, say) => ({
    text: say('{0} is not there any more.', problem.name),
    offers: [{ do: 'refresh', title: say('Refresh') }],
  }),
  notListening: (problem, say) => ({
    text: say('{0} is not listening on its port yet. A job needs a while to start.', problem.name),
    offers: [{ do: 'retry', title: say('Retry') }],
  }),
  unreadable: (problem, say) => ({
    text: say('{0} could not be read: {1}. Nothing was sent.', problem.path, phrase(problem.why)),
    offers: [detailsOffer(say)],
  }),
  diskFull: (problem, say) => ({
    text: say('There is no room left in {0}. Free some space there and try again.', problem.path),
    offers: [detailsOffer(say)],
  }),
  disk: (problem, say) => ({
    text: say('{0}: {1}.', problem.path, phrase(problem.why)),
    offers: [detailsOffer(say)],
  }),
  unsafeName: (problem, say) => ({
    text: say('The name "{0}" would lead out of the chosen folder, so it was not written.', problem.name),
    offers: [detailsOffer(say)],
  }),
  unwritableName: (problem, say) => ({
    text: say(
      'This system cannot write a file of the name "{0}", so it was not downloaded.',
      readableName(problem.name),
    ),
    offers: [detailsOffer(say)],
  }),
  damaged: (problem, say) => ({
    text: say(
      '{0} did not arrive as it was announced (its checksum or size differs), so nothing of it was kept.',
      problem.name,
    ),
    offers: [{ do: 'retry', title: say('Retry') }, detailsOffer(say)],
  }),
};
