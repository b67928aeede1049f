// The tests that also run in the oldest supported VS Code: one for each kind of feature there. The
// extension's own code is tested in the newest version; only VS Code's side differs here.

/** Full titles by file. A title without a test fails the run. */
export const smokeTests = Object.freeze({
  'accounts.test.ts': ["JuliaHub in the editor's accounts shows who has signed in with the command"],
  'actions.test.ts': [
    'actions on a job opens a file of a job, downloads it, and downloads all into a folder, prompting before overwriting',
    'actions on a job shows the submitted script, the record, and the formatted results',
  ],
  'logs.test.ts': [
    'the log of a job follows it line by line, ends with its outcome, and is shown again in the same channel',
    'the log of a job moves a progress bar in the channel, the terminal, and the editor, each in one line',
    'the log of a job grows in a read-only editor, also after the window was reloaded',
  ],
  'slurm.test.ts': [
    'Slurm over SSH in the editor is added from the SSH configuration; the passphrase of the key is requested here',
    'Slurm over SSH in the editor accepts a folder, shows why it waits, runs it, and streams its log',
  ],
  'submitBundle.test.ts': [
    'a folder submitted as a job is reviewed with included and excluded files, packed, and run in its folder',
  ],
  'submitOptions.test.ts': [
    'a script submitted with options shows everything that will be sent in the review, where each line can be changed',
  ],
  'submitScript.test.ts': [
    'a script submitted directly waits its turn, runs, and completes in view of the user',
    'a script submitted directly can be found, submitted, and watched with the keyboard alone',
  ],
  'tree.test.ts': [
    'the side bar shows the newest 20 of 500 jobs after the first click, newest first, and 20 more on request',
    'the side bar shows the parts of a job below its row, and its details in its tooltip',
  ],
  'windows.test.ts': [
    'a job and the windows that watch it is shown after the window was reloaded, with its complete log',
  ],
});

/**
 * A pattern for mocha's `--grep` that matches exactly these titles.
 *
 * @param {readonly string[]} titles
 * @returns {string}
 */
export const grepOf = (titles) =>
  `^(${titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;
