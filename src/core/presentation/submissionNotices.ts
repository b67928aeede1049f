import type { JobProblem } from '../domain/problem.js';
import { knownScriptExtensions } from '../domain/scriptFiles.js';
import { assertNever } from '../../lib/assertNever.js';
import { formatBytes } from './formatting.js';
import type { ProblemNotice, NoticeTable } from './noticeTable.js';

/** Notices about submissions: requirements of the job, and the files to be sent. */
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
    actions: [{ kind: 'openSetting', title: 'Choose Interpreter…', target: 'batchJobs.local.interpreters' }],
  }),
  noInterpreter: (problem) => ({
    text: `No interpreter is configured for ${problem.script}. Choose one for its file extension, or add a shebang (#!) line.`,
    actions: [{ kind: 'openSetting', title: 'Choose Interpreter…', target: 'batchJobs.local.interpreters' }],
  }),
  invalid: ({ why }) => ({ text: why, actions: [] }),
  tooBig: createTooLargeNotice,
  nothingToSend: (problem) => ({
    text: `Nothing to send from ${problem.folder}: it is empty, or every file is excluded.`,
    actions: [{ kind: 'showFiles', title: 'Show Files', target: problem.folder }],
  }),
  noScript: (problem) => ({
    text: `No script (${knownScriptExtensions.join(', ')}) is included from ${problem.folder}.`,
    actions: [{ kind: 'showFiles', title: 'Show Files', target: problem.folder }],
  }),
  scriptIgnored: (problem) => ({
    text: `${problem.script} is excluded by "${problem.rule}" (${problem.ruleFile}:${String(problem.ruleLine)}).`,
    actions: [
      {
        kind: 'editIgnoreFile',
        title: 'Edit Ignore File',
        target: `${problem.folder}/${problem.ruleFile}`,
      },
      { kind: 'showFiles', title: 'Show Files', target: problem.folder },
    ],
  }),
  changed: (problem) => ({ text: formatFileChange(problem.path, problem.how), actions: [] }),
  untrusted: (_) => ({
    text: "Jobs can be submitted only from trusted workspaces because they run the workspace's code.",
    actions: [{ kind: 'manageTrust', title: 'Manage Workspace Trust' }],
  }),
};

function createTooLargeNotice(problem: Extract<JobProblem, { kind: 'tooBig' }>): ProblemNotice {
  const largest = problem.largest.map((file) => `${file.path} (${formatBytes(file.bytes)})`).join(', ');
  const text = `The bundle (${formatBytes(problem.bytes)}) exceeds the limit of ${problem.place}: ${formatBytes(problem.limitBytes)}.`;
  return {
    text: largest === '' ? text : `${text} Largest: ${largest}.`,
    actions: [
      { kind: 'showFiles', title: 'Show Files', target: problem.folder },
      {
        kind: 'editIgnoreFile',
        title: `Edit ${problem.ignoreFile}`,
        target: `${problem.folder}/${problem.ignoreFile}`,
      },
    ],
  };
}

function formatFileChange(path: string, how: 'vanished' | 'grew' | 'shrank' | 'changed'): string {
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
      return assertNever(how);
  }
}
