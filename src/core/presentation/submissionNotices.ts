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
    text: `${problem.tool} not found on this machine's PATH, so ${problem.for} cannot run here.`,
    offers: [{ do: 'openSetting', title: 'Choose Interpreter…', about: 'batchJobs.local.interpreters' }],
  }),
  noInterpreter: (problem) => ({
    text: `No interpreter is configured for ${problem.script}. Choose one for its file extension, or add a shebang (#!) line.`,
    offers: [{ do: 'openSetting', title: 'Choose Interpreter…', about: 'batchJobs.local.interpreters' }],
  }),
  invalid: ({ why }) => ({ text: why, offers: [] }),
  tooBig,
  nothingToSend: (problem) => ({
    text: `Nothing to send from ${problem.folder}: it is empty, or every file is excluded.`,
    offers: [{ do: 'showFiles', title: 'Show Files', about: problem.folder }],
  }),
  noScript: (problem) => ({
    text: `No script (.jl, .py, .R, .sh, .js, .mjs) is included from ${problem.folder}.`,
    offers: [{ do: 'showFiles', title: 'Show Files', about: problem.folder }],
  }),
  scriptIgnored: (problem) => ({
    text: `${problem.script} is excluded by "${problem.rule}" (${problem.ruleFile}:${String(problem.ruleLine)}).`,
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
    text: "Jobs can be submitted only from trusted workspaces because they run the workspace's code.",
    offers: [{ do: 'manageTrust', title: 'Manage Workspace Trust' }],
  }),
};

function tooBig(problem: Extract<Problem, { kind: 'tooBig' }>): Notice {
  const largest = problem.largest.map((file) => `${file.path} (${bytesText(file.bytes)})`).join(', ');
  const text = `The bundle (${bytesText(problem.bytes)}) exceeds the limit of ${problem.place}: ${bytesText(problem.limitBytes)}.`;
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
      return `${path} was deleted during packaging. Nothing was sent; try again.`;
    case 'grew':
      return `${path} grew during packaging. Nothing was sent; try again.`;
    case 'shrank':
      return `${path} shrank during packaging. Nothing was sent; try again.`;
    case 'changed':
      return `${path} changed during packaging. Nothing was sent; try again.`;
    default:
      return unreachable(how);
  }
}
