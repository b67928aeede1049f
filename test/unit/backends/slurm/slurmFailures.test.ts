import assert from 'node:assert/strict';
import type { CommandFailureKind } from '../../../../src/backends/scheduler/commandFailures.js';
import { parseSlurmFailure } from '../../../../src/backends/slurm/slurmFailures.js';
import { recorded, versions } from './recorded.js';

/** Texts of docs/protocols/slurm.md, 2 to 6 and 12, as the programs print them. */
const texts: readonly (readonly [CommandFailureKind, string])[] = [
  ['offline', 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'],
  [
    'offline',
    'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
  ],
  ['offline', 'slurm_load_partitions: Unable to contact slurm controller (connect failure)'],
  ['offline', 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation'],
  ['offline', 'squeue: error: s_p_parse_file: unable to status file /etc/slurm/slurm.conf: No such file'],
  ['offline', 'scontrol: fatal: Could not establish a configuration source'],
  ['gone', 'slurm_load_jobs error: Invalid job id specified'],
  ['gone', 'scancel: error: Kill job error on job id 999999: Invalid job id specified'],
  ['gone', 'Invalid job id specified for job 999999'],
  ['gone', '1_4: Invalid job id specified'],
  ['gone', 'job script retrieval failed: Invalid job id specified'],
  ['gone', 'Invalid job id specified for job 99999\nslurm_suspend error:Invalid job id specified'],
  ['denied', 'scancel: error: Kill job error on job id 12: Access/permission denied'],
  ['denied', 'Access/permission denied for job 12'],
  ['alreadyDone', 'scancel: error: Kill job error on job id 12: Job/step already completing or completed'],
  ['alreadyDone', 'Job has already finished for job 12'],
  ['tryLater', 'Job can not be altered now, try again later for job 12'],
  ['tryLater', 'sbatch: error: Batch job submission failed: Rate limit exceeded, please retry momentarily'],
  ['accountingOff', 'Slurm accounting storage is disabled'],
  ['accountingDown', 'sacct: error: Problem talking to the database: Connection refused'],
  ['accountingDown', 'sacctmgr: error: Sending PersistInit msg: Connection refused'],
  ['badOption', 'sbatch: error: Invalid --time specification'],
  ['badOption', "sbatch: unrecognized option '--tyme=5'"],
  ['badOption', '/usr/bin/squeue: unrecognized option \'--json\'\nTry "squeue --help" for more information'],
  ['badOption', 'sbatch: error: "x" is not a valid node count'],
  ['badOption', 'sbatch: error: Batch job submission failed: Invalid partition name specified'],
  ['badOption', 'sbatch: error: Batch job submission failed: Requested node configuration is not available'],
  [
    'badOption',
    'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
  ],
  ['badOption', 'sbatch: error: Batch job submission failed: More processors requested than permitted'],
  ['badOption', 'sbatch: error: Batch job submission failed: Node count specification invalid'],
  ['badOption', 'sbatch: error: Batch job submission failed: Invalid qos specification'],
  ['badOption', 'sbatch: error: Batch job submission failed: Invalid generic resource (gres) specification'],
  ['badOption', 'sbatch: error: Batch job submission failed: Invalid job array specification'],
  ['badOption', 'sbatch: error: Batch job submission failed: Job dependency problem'],
  [
    'badOption',
    "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
  ],
  [
    'badOption',
    'sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)',
  ],
  [
    'badOption',
    'sbatch: error: Batch job submission failed: No partition specified or system default partition',
  ],
  ['badOption', 'scancel: error: Invalid job id abc'],
  ['badOption', 'sacct: fatal: Bad job/step specified: abc'],
  ['badOption', 'sbatch: error: Batch job submission failed: Requested reservation is invalid'],
  ['badOption', 'sbatch: error: Batch job submission failed: Invalid node name specified'],
  ['badOption', 'sbatch: error: Invalid generic resource (gres) specification'],
  ['badOption', 'sbatch: error: Unable to open file /nonexistent.sh'],
  ['badOption', 'sbatch: error: Batch script contains DOS line breaks (\\r\\n)'],
  ['offline', 'sbatch: error: Batch job submission failed: Protocol authentication error'],
  ['other', 'sbatch: error: Please read the news'],
  ['other', ''],
];

describe('an error of Slurm', () => {
  for (const [kind, text] of texts)
    it(`is ${kind}: ${text.split('\n', 1)[0] || '(nothing)'}`, () =>
      assert.equal(parseSlurmFailure(text).kind, kind));

  it('is shown without the words that the program always prints', () => {
    const words = (text: string): string => parseSlurmFailure(text).words;
    assert.equal(
      words('sbatch: error: Batch job submission failed: Invalid partition name specified\n'),
      'Invalid partition name specified',
    );
    assert.equal(words('slurm_load_jobs error: Invalid job id specified'), 'Invalid job id specified');
    assert.equal(words("/usr/bin/sacct: unrecognized option '--json'\n"), "unrecognized option '--json'");
    assert.equal(words('slurm_suspend error:Job has already finished\n'), 'Job has already finished');
    assert.equal(
      words('allocation failure: Invalid partition name specified'),
      'Invalid partition name specified',
    );
    assert.equal(words('\n\n'), '');
  });

  it('keeps the lines before it if a site or sbatch adds some', () => {
    const text =
      'sbatch: Projects must name a budget.\nsbatch: error: invalid partition specified: nope\n' +
      'sbatch: error: Batch job submission failed: Invalid partition name specified\n';
    assert.deepEqual(parseSlurmFailure(text), {
      kind: 'badOption',
      words: 'Invalid partition name specified',
      details: ['Projects must name a budget.', 'invalid partition specified: nope'],
    });
  });

  it('omits hints', () => {
    const text =
      'sbatch: error: This does not look like a batch script.  The first\n' +
      'sbatch: error: line must start with #! followed by the path to an interpreter.\n' +
      'sbatch: error: For instance: #!/bin/sh\n';
    assert.equal(parseSlurmFailure(text).kind, 'badOption');
    assert.equal(
      parseSlurmFailure(text).words,
      'line must start with #! followed by the path to an interpreter.',
    );
  });

  it('is read from the previous line if the last one is unknown', () => {
    const text = 'sacct: error: Problem talking to the database: Connection refused\nsacct: giving up\n';
    assert.deepEqual(
      [parseSlurmFailure(text).kind, parseSlurmFailure(text).words],
      ['accountingDown', 'giving up'],
    );
  });
});

describe('errors of real programs', () => {
  for (const version of versions) {
    it(`are parsed (${version})`, () => {
      const lines = recorded(version, 'cli-errors.txt')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('Submitted'));
      const kinds = lines.map((line) => parseSlurmFailure(line).kind);
      assert.ok(!kinds.includes('other'), lines[kinds.indexOf('other')]);
      assert.deepEqual(kinds.slice(-3), ['gone', 'gone', 'gone']);
      assert.deepEqual(new Set(kinds.slice(0, -3)), new Set(['badOption']));
    });
  }
});
