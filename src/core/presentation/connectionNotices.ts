import type { Problem } from '../domain/problem.js';
import { detailsOffer, phrase, type NoticeTable } from './noticeTable.js';

/** Notices about connections: sign-in, server responses, settings. */
export const connectionNotices: NoticeTable<
  'signedOut' | 'offline' | 'timedOut' | 'refused' | 'badAnswer' | 'unclearSubmit' | 'badSetting'
> = {
  signedOut: (problem) => ({
    text: `Your sign-in to ${problem.place} has expired.`,
    offers: [{ do: 'signIn', title: 'Sign In', about: problem.place }],
  }),
  offline: (problem) => ({
    text: problem.hasAnswered
      ? `${problem.place}: ${phrase(problem.why)}.`
      : `${problem.place} could not be reached: ${phrase(problem.why)}.`,
    offers: [{ do: 'retry', title: 'Retry' }, detailsOffer()],
  }),
  timedOut: ({ place, afterMs }) => ({
    text: `${place} could not be reached: ${timeoutText(afterMs)}.`,
    offers: [{ do: 'retry', title: 'Retry' }, detailsOffer()],
  }),
  refused: (problem) => ({
    text: `${problem.place} rejected the request: ${problem.words}`,
    offers: [detailsOffer()],
  }),
  badAnswer: (problem) => ({
    text: problem.isWebPage
      ? `${problem.place} returned a web page (a proxy or sign-in page?).`
      : `Unexpected response from ${problem.place} (${problem.what}).`,
    offers: [detailsOffer()],
  }),
  unclearSubmit: (problem) => ({
    text: `No response from ${problem.place} to the submission; the job may have been accepted. Checking whether it exists…`,
    offers: [{ do: 'refresh', title: 'Refresh' }],
  }),
  badSetting: (problem) => ({
    text: `The setting ${problem.setting} is invalid: ${phrase(problem.why)}.`,
    offers: [{ do: 'openSetting', title: 'Open Settings', about: problem.setting }],
  }),
};

/** Why the service did not respond, as a phrase without its name; undefined for other problems. */
export function unreachableReason(problem: Problem): string | undefined {
  switch (problem.kind) {
    case 'offline':
      return problem.why;
    case 'timedOut':
      return timeoutText(problem.afterMs);
    default:
      return undefined;
  }
}

const timeoutText = (afterMs: number): string => `no response within ${String(Math.round(afterMs / 1000))} s`;
