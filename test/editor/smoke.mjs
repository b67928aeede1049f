// The tests that also run in the oldest VS Code supported: one of each kind of thing that the extension does there. What
// it does with its own code is tested in the newest; here it is VS Code's side that differs.

/** Full titles by the file that has them. A title that no test has fails the run. */
export const smokeTests = Object.freeze({
  'accounts.test.ts': ["JuliaHub in the editor's accounts shows who has signed in by the command"],
  'actions.test.ts': [
    'what is done with a job opens a file of a job, downloads it, and brings all into a folder without overwriting unasked',
    'what is done with a job shows the submitted script, the record and the results, laid out',
  ],
  'logs.test.ts': [
    'the log of a job follows it line by line, ends with how it ended, and is shown again in the same channel',
    'the log of a job moves a progress bar in the channel, the terminal and the editor, each in one line',
    'the log of a job grows in a read-only editor, also after the window was loaded again',
  ],
  'slurm.test.ts': [
    'Slurm over ssh in the editor is added from the ssh configuration; the passphrase of the key is asked for here',
    'Slurm over ssh in the editor takes a folder, says why it waits, runs it, and streams its log',
  ],
  'submitBundle.test.ts': [
    'a folder submitted as a job is reviewed with all that goes and stays, packed, and run where its files are',
  ],
  'submitOptions.test.ts': [
    'a script submitted with options shows all that will be sent in the review, where each line can be changed',
  ],
  'submitScript.test.ts': [
    'a script submitted at once waits its turn, runs and completes before the eyes of its user',
    'a script submitted at once can be found, submitted and watched with the keyboard alone',
  ],
  'tree.test.ts': [
    'the side bar shows the newest 20 of 500 jobs soon after the click, newest first, and 20 more when asked',
    'the side bar shows what belongs to a job below its row, and what is known of it in its tooltip',
  ],
  'windows.test.ts': [
    'a job and the windows that watch it is there at once after the window was loaded again, and its log is whole',
  ],
});

/**
 * A pattern for mocha's `--grep` that fits these titles and no others.
 *
 * @param {readonly string[]} titles
 * @returns {string}
 */
export const grepOf = (titles) =>
  `^(${titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;
