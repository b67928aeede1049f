import type { Problem } from '../domain/problem.js';
import type { Say } from '../../lib/say.js';
import { unreachable } from '../../lib/unreachable.js';
import { bytesText } from './duration.js';
import type { Notice, NoticeTable } from './noticeTable.js';

/** The notices of problems with submissions: what a job needs and what would be sent. */
export const submissionNotices: NoticeTable<
  | 'missingTool'
  | 'noInterpreter'
  | 'invalid'
  | 'tooBig'
  | 'nothingToSend'
  | 'noScript'
  | 'scriptIgnored'
  | 'changed'
  | 'untrusted'
> = {
  missingTool: (problem, say) => ({
    text: say("{0} was not found on this machine's PATH, so {1} cannot run here.", problem.tool, problem.for),
    offers: [{ do: 'openSetting', title: say('Choose Interpreter…'), about: 'batchJobs.local.interpreters' }],
  }),
  noInterpreter: (problem, say) => ({
    text: say(
      'No interpreter is known for {0}. Name one for its file ending, or begin it with a #! line.',
      problem.script,
    ),
    offers: [{ do: 'openSetting', title: say('Choose Interpreter…'), about: 'batchJobs.local.interpreters' }],
  }),
  invalid: ({ why }) => ({ text: why, offers: [] }),
  tooBig,
  nothingToSend: (problem, say) => ({
    text: say('Nothing in {0} is left to send: it is empty, or every file is ignored.', problem.folder),
    offers: [{ do: 'showFiles', title: say('Show Files'), about: problem.folder }],
  }),
  noScript: (problem, say) => ({
    text: say(
      'No script (.jl, .py, .R, .sh, .js, .mjs) is among the files of {0} that would be sent.',
      problem.folder,
    ),
    offers: [{ do: 'showFiles', title: say('Show Files'), about: problem.folder }],
  }),
  scriptIgnored: (problem, say) => ({
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
  }),
  changed: (problem, say) => ({ text: changedText(problem.path, problem.how, say), offers: [] }),
  untrusted: (_, say) => ({
    text: say('Jobs are submitted from trusted workspaces only, since they run its code.'),
    offers: [{ do: 'manageTrust', title: say('Manage Workspace Trust') }],
  }),
};

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

function changedText(path: string, how: 'vanished' | 'grew' | 'shrank' | 'changed', say: Say): string {
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
