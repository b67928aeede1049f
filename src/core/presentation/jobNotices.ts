import { toReadableName } from '../../lib/byteNames.js';
import { createDetailsAction, trimFullStop, type NoticeTable } from './noticeTable.js';

/** Notices about jobs, their files, and the disk. */
export const jobNotices: NoticeTable<
  'gone' | 'notListening' | 'unreadable' | 'diskFull' | 'disk' | 'unsafeName' | 'unwritableName' | 'damaged'
> = {
  gone: (problem) => ({
    text: `${problem.name} no longer exists.`,
    actions: [{ kind: 'refresh', title: 'Refresh' }],
  }),
  notListening: (problem) => ({
    text: `${problem.name} is not listening on its port yet. It may still be starting.`,
    actions: [{ kind: 'retry', title: 'Retry' }],
  }),
  unreadable: (problem) => ({
    text: `${problem.path} could not be read: ${trimFullStop(problem.why)}. Nothing was sent.`,
    actions: [createDetailsAction()],
  }),
  diskFull: (problem) => ({
    text: `Disk full: ${problem.path}. Free some space and try again.`,
    actions: [createDetailsAction()],
  }),
  disk: (problem) => ({
    text: `${problem.path}: ${trimFullStop(problem.why)}.`,
    actions: [createDetailsAction()],
  }),
  unsafeName: (problem) => ({
    text: `The name "${problem.name}" would escape the selected folder, so the file was not written.`,
    actions: [createDetailsAction()],
  }),
  unwritableName: (problem) => ({
    text: `This system does not support the file name "${toReadableName(problem.name)}", so the file was not downloaded.`,
    actions: [createDetailsAction()],
  }),
  damaged: (problem) => ({
    text: `Checksum or size mismatch for ${problem.name}; the file was discarded.`,
    actions: [{ kind: 'retry', title: 'Retry' }, createDetailsAction()],
  }),
};
