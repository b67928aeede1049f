import { readableName } from '../../lib/byteNames.js';
import { bytesText } from './duration.js';
import { JobError, type Problem } from '../domain/problem.js';
import type { Say } from '../../lib/say.js';
import { unreachable } from '../../lib/unreachable.js';

/** A next step to put on a button. `about` says of what, where the step needs it: a setting, a path. */
export interface Offer {
  readonly do:
    | 'retry'
    | 'openSetting'
    | 'showDetails'
    | 'signIn'
    | 'showFiles'
    | 'editIgnoreFile'
    | 'manageTrust'
    | 'openFile'
    | 'refresh';
  readonly title: string;
  readonly about?: string;
}

/** What a user reads about a failure, and what they may do next. */
export interface Notice {
  readonly text: string;
  readonly offers: readonly Offer[];
}

/** The sentence and the next steps for a problem: the one page of words. */
// eslint-disable-next-line max-lines-per-function -- one switch over all kinds, so that all words stand on one page.
export function noticeOf(problem: Problem, say: Say): Notice {
  const details: Offer = { do: 'showDetails', title: say('Show Details') };
  switch (problem.kind) {
    case 'signedOut':
      return {
        text: say('{0} no longer accepts your sign-in.', problem.place),
        offers: [{ do: 'signIn', title: say('Sign In'), about: problem.place }],
      };
    case 'offline':
      return {
        text: problem.hasAnswered
          ? say('{0}: {1}.', problem.place, phrase(problem.why))
          : say('{0} could not be reached: {1}.', problem.place, phrase(problem.why)),
        offers: [{ do: 'retry', title: say('Retry') }, details],
      };
    case 'refused':
      return { text: say('{0} refused: {1}', problem.place, problem.words), offers: [details] };
    case 'badAnswer':
      return {
        text: problem.isWebPage
          ? say('{0} answered with a web page (a proxy or sign-in page?).', problem.place)
          : say('{0} answered in a form this version does not know ({1}).', problem.place, problem.what),
        offers: [details],
      };
    case 'unclearSubmit':
      return {
        text: say(
          'The answer of {0} to the submission never arrived; the job may have been accepted. Looking for it in the list…',
          problem.place,
        ),
        offers: [{ do: 'refresh', title: say('Refresh') }],
      };
    case 'missingTool':
      return {
        text: say(
          "{0} was not found on this machine's PATH, so {1} cannot run here.",
          problem.tool,
          problem.for,
        ),
        offers: [
          { do: 'openSetting', title: say('Choose Interpreter…'), about: 'batchJobs.local.interpreters' },
        ],
      };
    case 'noInterpreter':
      return {
        text: say(
          'No interpreter is known for {0}. Name one for its file ending, or begin it with a #! line.',
          problem.script,
        ),
        offers: [
          { do: 'openSetting', title: say('Choose Interpreter…'), about: 'batchJobs.local.interpreters' },
        ],
      };
    case 'gone':
      return {
        text: say('{0} is not there any more.', problem.name),
        offers: [{ do: 'refresh', title: say('Refresh') }],
      };
    case 'invalid':
      return { text: problem.why, offers: [] };
    case 'tooBig':
      return tooBig(problem, say);
    case 'nothingToSend':
      return {
        text: say('Nothing in {0} is left to send: it is empty, or every file is ignored.', problem.folder),
        offers: [{ do: 'showFiles', title: say('Show Files'), about: problem.folder }],
      };
    case 'noScript':
      return {
        text: say(
          'No script (.jl, .py, .R, .sh, .js, .mjs) is among the files of {0} that would be sent.',
          problem.folder,
        ),
        offers: [{ do: 'showFiles', title: say('Show Files'), about: problem.folder }],
      };
    case 'scriptIgnored':
      return {
        text: say(
          '{0} itself would stay behind: it is excluded by "{1}" ({2}:{3}).',
          problem.script,
          problem.rule,
          problem.ruleFile,
          problem.ruleLine,
        ),
        offers: [
          {
            do: 'editIgnoreFile',
            title: say('Edit Ignore File'),
            about: `${problem.folder}/${problem.ruleFile}`,
          },
          { do: 'showFiles', title: say('Show Files'), about: problem.folder },
        ],
      };
    case 'unreadable':
      return {
        text: say('{0} could not be read: {1}. Nothing was sent.', problem.path, phrase(problem.why)),
        offers: [details],
      };
    case 'changed':
      return { text: changed(problem.path, problem.how, say), offers: [] };
    case 'diskFull':
      return {
        text: say('There is no room left in {0}. Free some space there and try again.', problem.path),
        offers: [details],
      };
    case 'disk':
      return { text: say('{0}: {1}.', problem.path, phrase(problem.why)), offers: [details] };
    case 'unsafeName':
      return {
        text: say('The name "{0}" would lead out of the chosen folder, so it was not written.', problem.name),
        offers: [details],
      };
    case 'unwritableName':
      return {
        text: say(
          'This system cannot write a file of the name "{0}", so it was not downloaded.',
          readableName(problem.name),
        ),
        offers: [details],
      };
    case 'damaged':
      return {
        text: say(
          '{0} did not arrive as it was announced (its checksum or size differs), so nothing of it was kept.',
          problem.name,
        ),
        offers: [{ do: 'retry', title: say('Retry') }, details],
      };
    case 'notListening':
      return {
        text: say('{0} is not listening on its port yet. A job needs a while to start.', problem.name),
        offers: [{ do: 'retry', title: say('Retry') }],
      };
    case 'untrusted':
      return {
        text: say('Jobs are submitted from trusted workspaces only, since they run its code.'),
        offers: [{ do: 'manageTrust', title: say('Manage Workspace Trust') }],
      };
    case 'badSetting':
      return {
        text: say('The setting {0} cannot be used: {1}.', problem.setting, phrase(problem.why)),
        offers: [{ do: 'openSetting', title: say('Open Settings'), about: problem.setting }],
      };
    default:
      return unreachable(problem);
  }
}

/** The same for whatever was thrown: what is not a {@link JobError} is a fault of ours and says so. */
export function noticeOfError(error: unknown, say: Say): Notice {
  if (error instanceof JobError) return noticeOf(error.problem, say);
  const words = error instanceof Error ? error.message : String(error);
  return {
    text: say('Something went wrong in Batch Jobs: {0}', words),
    offers: [{ do: 'showDetails', title: say('Show Details') }],
  };
}

/** What is put inside a sentence of ours, which has its own full stop. */
const phrase = (why: string): string => why.replace(/\.$/, '');

function tooBig(problem: Extract<Problem, { kind: 'tooBig' }>, say: Say): Notice {
  const largest = problem.largest.map((file) => `${file.path} (${bytesText(file.bytes)})`).join(', ');
  const text = say(
    'The bundle is {0}; {1} takes at most {2}.',
    bytesText(problem.bytes),
    problem.place,
    bytesText(problem.limitBytes),
  );
  return {
    text: largest === '' ? text : `${text} ${say('Largest: {0}.', largest)}`,
    offers: [
      { do: 'showFiles', title: say('Show Files'), about: problem.folder },
      {
        do: 'editIgnoreFile',
        title: say('Edit .juliabundleignore'),
        about: `${problem.folder}/.juliabundleignore`,
      },
    ],
  };
}

function changed(path: string, how: 'vanished' | 'grew' | 'shrank' | 'changed', say: Say): string {
  switch (how) {
    case 'vanished':
      return say('{0} vanished while the bundle was made. Nothing was sent; try again.', path);
    case 'grew':
      return say('{0} grew while the bundle was made. Nothing was sent; try again.', path);
    case 'shrank':
      return say('{0} shrank while the bundle was made. Nothing was sent; try again.', path);
    case 'changed':
      return say('{0} changed while the bundle was made. Nothing was sent; try again.', path);
    default:
      return unreachable(how);
  }
}
