import type { Problem } from '../domain/problem.js';
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
  missingTool: (problem) => ({
    text: `${problem.tool} was not found on this machine's PATH, so ${problem.for} cannot run here.`,
    offers: [{ do: 'openSetting', title: 'Choose Interpreter…', about: 'batchJobs.local.interpreters' }],
  }),
  noInterpreter: (problem) => ({
    text: `No interpreter is known for ${problem.script}. Name one for its file ending, or begin it with a #! line.`,
    offers: [{ do: 'openSetting', title: 'Choose Interpreter…', about: 'batchJobs.local.interpreters' }],
  }),
  invalid: ({ why }) => ({ text: why, offers: [] }),
  tooBig,
  nothingToSend: (problem) => ({
    text: `Nothing in ${problem.folder} is left to send: it is empty, or every file is ignored.`,
    offers: [{ do: 'showFiles', title: 'Show Files', about: problem.folder }],
  }),
  noScript: (problem) => ({
    text: `No script (.jl, .py, .R, .sh, .js, .mjs) is among the files of ${problem.folder} that would be sent.`,
    offers: [{ do: 'showFiles', title: 'Show Files', about: problem.folder }],
  }),
  scriptIgnored: (problem) => ({
    text: `${problem.script} itself would stay behind: it is excluded by "${problem.rule}" (${problem.ruleFile}:${String(problem.ruleLine)}).`,
    offers: [
      {
        do: 'editIgnoreFile',
        title: 'Edit Ignore File',
        about: `${problem.folder}/${problem.ruleFile}`,
      },
      { do: 'showFiles', title: 'Show Files', about: problem.folder },
    ],
  }),
  changed: (problem) => ({ text: changedText(problem.path, problem.how), offers: [] }),
  untrusted: (_) => ({
    text: 'Jobs are submitted from trusted workspaces only, since they run its code.',
    offers: [{ do: 'manageTrust', title: 'Manage Workspace Trust' }],
  }),
};

function tooBig(problem: Extract<Problem, { kind: 'tooBig' }>): Notice {
  const largest = problem.largest.map((file) => `${file.path} (${bytesText(file.bytes)})`).join(', ');
  const text = `The bundle is ${bytesText(problem.bytes)}; ${problem.place} takes at most ${bytesText(problem.limitBytes)}.`;
  return {
    text: largest === '' ? text : `${text} Largest: ${largest}.`,
    offers: [
      { do: 'showFiles', title: 'Show Files', about: problem.folder },
      {
        do: 'editIgnoreFile',
        title: 'Edit .juliabundleignore',
        about: `${problem.folder}/.juliabundleignore`,
      },
    ],
  };
}

function changedText(path: string, how: 'vanished' | 'grew' | 'shrank' | 'changed'): string {
  switch (how) {
    case 'vanished':
      return `${path} vanished while the bundle was made. Nothing was sent; try again.`;
    case 'grew':
      return `${path} grew while the bundle was made. Nothing was sent; try again.`;
    case 'shrank':
      return `${path} shrank while the bundle was made. Nothing was sent; try again.`;
    case 'changed':
      return `${path} changed while the bundle was made. Nothing was sent; try again.`;
    default:
      return unreachable(how);
  }
}
