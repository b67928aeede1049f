import type { JobProblem } from '../domain/problem.js';
import { createDetailsAction, trimFullStop, type NoticeTable } from './noticeTable.js';

/** Notices about connections: sign-in, server responses, settings. */
export const connectionNotices: NoticeTable<
  'signedOut' | 'offline' | 'timedOut' | 'refused' | 'badAnswer' | 'unclearSubmit' | 'badSetting'
> = {
  signedOut: (problem) => ({
    text: `Your sign-in to ${problem.place} has expired.`,
    actions: [{ kind: 'signIn', title: 'Sign In', target: problem.place }],
  }),
  offline: (problem) => ({
    text: problem.hasAnswered
      ? `${problem.place}: ${trimFullStop(problem.why)}.`
      : `${problem.place} could not be reached: ${trimFullStop(problem.why)}.`,
    actions: [{ kind: 'retry', title: 'Retry' }, createDetailsAction()],
  }),
  timedOut: ({ place, afterMs }) => ({
    text: `${place} could not be reached: ${formatTimeout(afterMs)}.`,
    actions: [{ kind: 'retry', title: 'Retry' }, createDetailsAction()],
  }),
  refused: (problem) => ({
    text: `${problem.place} rejected the request: ${problem.words}`,
    actions: [
      problem.report === undefined
        ? createDetailsAction()
        : { kind: 'showReport', title: 'Show Command', target: problem.report },
    ],
  }),
  badAnswer: (problem) => ({
    text: problem.isWebPage
      ? `${problem.place} returned a web page (a proxy or sign-in page?).`
      : `Unexpected response from ${problem.place} (${problem.what}).`,
    actions: [createDetailsAction()],
  }),
  unclearSubmit: (problem) => ({
    text: `No response from ${problem.place} to the submission; the job may have been accepted. Checking whether it exists…`,
    actions: [{ kind: 'refresh', title: 'Refresh' }],
  }),
  badSetting: (problem) => ({
    text: `The setting ${problem.setting} is invalid: ${trimFullStop(problem.why)}.`,
    actions: [{ kind: 'openSetting', title: 'Open Settings', target: problem.setting }],
  }),
};

/** Why the service did not respond, as a phrase without its name; undefined for other problems. */
export function getUnreachableReason(problem: JobProblem): string | undefined {
  switch (problem.kind) {
    case 'offline':
      return problem.why;
    case 'timedOut':
      return formatTimeout(problem.afterMs);
    default:
      return undefined;
  }
}

const formatTimeout = (afterMs: number): string =>
  `no response within ${String(Math.round(afterMs / 1000))} s`;
