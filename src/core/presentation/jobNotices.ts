import { readableName } from '../../lib/byteNames.js';
import { detailsOffer, phrase, type NoticeTable } from './noticeTable.js';

/** Notices about jobs, their files, and the disk. */
export const jobNotices: NoticeTable<
  'gone' | 'notListening' | 'unreadable' | 'diskFull' | 'disk' | 'unsafeName' | 'unwritableName' | 'damaged'
> = {
  gone: (problem) => ({
    text: `${problem.name} no longer exists.`,
    offers: [{ do: 'refresh', title: 'Refresh' }],
  }),
  notListening: (problem) => ({
    text: `${problem.name} is not listening on its port yet. It may still be starting.`,
    offers: [{ do: 'retry', title: 'Retry' }],
  }),
  unreadable: (problem) => ({
    text: `${problem.path} could not be read: ${phrase(problem.why)}. Nothing was sent.`,
    offers: [detailsOffer()],
  }),
  diskFull: (problem) => ({
    text: `Disk full: ${problem.path}. Free some space and try again.`,
    offers: [detailsOffer()],
  }),
  disk: (problem) => ({
    text: `${problem.path}: ${phrase(problem.why)}.`,
    offers: [detailsOffer()],
  }),
  unsafeName: (problem) => ({
    text: `The name "${problem.name}" would escape the selected folder, so the file was not written.`,
    offers: [detailsOffer()],
  }),
  unwritableName: (problem) => ({
    text: `This system does not support the file name "${readableName(problem.name)}", so the file was not downloaded.`,
    offers: [detailsOffer()],
  }),
  damaged: (problem) => ({
    text: `Checksum or size mismatch for ${problem.name}; the file was discarded.`,
    offers: [{ do: 'retry', title: 'Retry' }, detailsOffer()],
  }),
};
