import { readableName } from '../../lib/byteNames.js';
import { detailsOffer, phrase, type NoticeTable } from './noticeTable.js';

/** The notices of problems with jobs, their files, and the disk. */
export const jobNotices: NoticeTable<
  'gone' | 'notListening' | 'unreadable' | 'diskFull' | 'disk' | 'unsafeName' | 'unwritableName' | 'damaged'
> = {
  gone: (problem) => ({
    text: `${problem.name} is not there any more.`,
    offers: [{ do: 'refresh', title: 'Refresh' }],
  }),
  notListening: (problem) => ({
    text: `${problem.name} is not listening on its port yet. A job needs a while to start.`,
    offers: [{ do: 'retry', title: 'Retry' }],
  }),
  unreadable: (problem) => ({
    text: `${problem.path} could not be read: ${phrase(problem.why)}. Nothing was sent.`,
    offers: [detailsOffer()],
  }),
  diskFull: (problem) => ({
    text: `There is no room left in ${problem.path}. Free some space there and try again.`,
    offers: [detailsOffer()],
  }),
  disk: (problem) => ({
    text: `${problem.path}: ${phrase(problem.why)}.`,
    offers: [detailsOffer()],
  }),
  unsafeName: (problem) => ({
    text: `The name "${problem.name}" would lead out of the chosen folder, so it was not written.`,
    offers: [detailsOffer()],
  }),
  unwritableName: (problem) => ({
    text: `This system cannot write a file of the name "${readableName(problem.name)}", so it was not downloaded.`,
    offers: [detailsOffer()],
  }),
  damaged: (problem) => ({
    text: `${problem.name} did not arrive as it was announced (its checksum or size differs), so nothing of it was kept.`,
    offers: [{ do: 'retry', title: 'Retry' }, detailsOffer()],
  }),
};
