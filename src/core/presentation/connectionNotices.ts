import type { Problem } from '../domain/problem.js';
import type { Say } from '../../lib/say.js';
import { detailsOffer, phrase, type NoticeTable } from './noticeTable.js';

/** The notices of problems with connections: the sign-in, the answers of a server, settings. */
export const connectionNotices: NoticeTable<
  'signedOut' | 'offline' | 'timedOut' | 'refused' | 'badAnswer' | 'unclearSubmit' | 'badSetting'
> = {
  signedOut: (problem, say) => ({
    text: say('{0} no longer accepts your sign-in.', problem.place),
    offers: [{ do: 'signIn', title: say('Sign In'), about: problem.place }],
  }),
  offline: (problem, say) => ({
    text: problem.hasAnswered
      ? say('{0}: {1}.', problem.place, phrase(problem.why))
      : say('{0} could not be reached: {1}.', problem.place, phrase(problem.why)),
    offers: [{ do: 'retry', title: say('Retry') }, detailsOffer(say)],
  }),
  timedOut: ({ place, afterMs }, say) => ({
    text: say('{0} could not be reached: {1}.', place, timeoutText(afterMs, say)),
    offers: [{ do: 'retry', title: say('Retry') }, detailsOffer(say)],
  }),
  refused: (problem, say) => ({
    text: say('{0} refused: {1}', problem.place, problem.words),
    offers: [detailsOffer(say)],
  }),
  badAnswer: (problem, say) => ({
    text: problem.isWebPage
      ? say('{0} answered with a web page (a proxy or sign-in page?).', problem.place)
      : say('{0} answered in a form this version does not know ({1}).', problem.place, problem.what),
    offers: [detailsOffer(say)],
  }),
  unclearSubmit: (problem, say) => ({
    text: say(
      'The answer of {0} to the submission never arrived; the job may have been accepted. Looking for it in the list…',
      problem.place,
    ),
    offers: [{ do: 'refresh', title: say('Refresh') }],
  }),
  badSetting: (problem, say) => ({
    text: say('The setting {0} cannot be used: {1}.', problem.setting, phrase(problem.why)),
    offers: [{ do: 'openSetting', title: say('Open Settings'), about: problem.setting }],
  }),
};

/** Why nothing answered, as a phrase without the name of the place; undefined: the problem is another one. */
export function unreachableReason(problem: Problem, say: Say): string | undefined {
  switch (problem.kind) {
    case 'offline':
      return problem.why;
    case 'timedOut':
      return timeoutText(problem.afterMs, say);
    default:
      return undefined;
  }
}

const timeoutText = (afterMs: number, say: Say): string =>
  say('no answer within {0} s', Math.round(afterMs / 1000));
