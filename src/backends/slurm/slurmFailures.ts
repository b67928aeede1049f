import {
  parseCommandFailure,
  type CommandFailure,
  type CommandFailureKind,
  type CommandFailurePatterns,
} from '../scheduler/commandFailures.js';

/**
 * The first pattern that matches a text decides. Sources: docs/protocols/slurm.md, 5, 6 and 12; recorded responses of
 * 20.11 to 26.05.
 */
const failureKinds: readonly (readonly [CommandFailureKind, RegExp])[] = [
  ['accountingOff', /accounting storage is disabled|not running a supported accounting_storage plugin/i],
  ['accountingOff', /only 'accounting_storage\/slurmdbd' is supported/i],
  [
    'accountingDown',
    /talking to the database|connect to database|slurmdbd|persistent connection|PersistInit|slurm_persist/i,
  ],
  [
    'offline',
    /unable to contact slurm controller|controller .{0,80}not respond|controller in standby|connect failure/i,
  ],
  [
    'offline',
    /connection refused|timed out on send\/recv|zero bytes were transmitted|communication connection/i,
  ],
  ['offline', /slurm\.conf|configuration source|unable to process configuration|no such host|resolve/i],
  // Without munge programs cannot authenticate; a controller that stops in between causes an unusual response to
  // hold.
  ['offline', /protocol authentication error|munge (?:encode|decode) failed|unexpected message received/i],
  ['tryLater', /try again later|rate limit exceeded|temporarily unable|retry momentarily|retry later/i],
  ['tryLater', /resource temporarily unavailable/i],
  // The message of scontrol for another user's job.
  ['denied', /invalid user id/i],
  ['denied', /access\/permission denied|user not authorized|not permitted to|permission denied/i],
  ['alreadyDone', /already completing or completed|already finished|already completed/i],
  ['gone', /invalid job id specified|job .{1,80} not found/i],
  [
    'badOption',
    /invalid (?!job id specified)|is invalid|bad job\/step|unrecognized option|unrecognised option|requires an argument|ambiguous/i,
  ],
  [
    'badOption',
    /is not a valid|not available|can ?not be satisfied|more processors requested|specification/i,
  ],
  ['badOption', /dependency problem|circular job dependency|no partition specified|unable to open file/i],
  [
    'badOption',
    /violates accounting|requested time limit|does not look like a batch script|DOS line breaks/i,
  ],
  ['badOption', /batch script is empty|must start with #!|memory required by task|too many|incompatible/i],
];

/** The failure messages of Slurm's programs. They are English if the program ran with `LC_ALL=C`. */
export const slurmFailurePatterns: CommandFailurePatterns = {
  kinds: failureKinds,
  // The program's name and its fixed prefix: `sbatch: error: Batch job submission failed: `.
  prefixes: [
    /^(?:\/\S*\/)?(?:sbatch|scancel|scontrol|squeue|sacct|sacctmgr|sinfo|srun): /,
    /^(?:fatal|error): /,
    /^Batch job submission failed: /,
    /^slurm_\w+ error: ?/,
    /^allocation failure: /,
  ],
  // Usage hints do not help users, who did not call the program.
  isNoise: (line) => /^(Try "|Usage:|For instance:|debug\d?:|info:)/.test(line),
};

/** Parses the stderr of a failed `sbatch`, `scancel`, `scontrol`, `squeue`, `sacct` or `sinfo`. */
export const parseSlurmFailure = (stderr: string): CommandFailure =>
  parseCommandFailure(stderr, slurmFailurePatterns);
