/** Short and long names of sbatch's options. Source: sbatch(1) of 22.05 to 26.05. */
export const shortNames = new Map<string, string>([
  ...parsePairs(
    'a:array A:account b:begin B:extra-node-info c:cpus-per-task C:constraint d:dependency D:chdir',
  ),
  ...parsePairs('e:error F:nodefile G:gpus h:help H:hold i:input J:job-name k:no-kill L:licenses M:clusters'),
  ...parsePairs(
    'm:distribution N:nodes n:ntasks O:overcommit o:output p:partition q:qos Q:quiet S:core-spec',
  ),
  ...parsePairs('s:oversubscribe t:time u:usage V:version v:verbose W:wait w:nodelist x:exclude'),
]);

const valueOptions = new Set<string>([
  ...splitNames(
    'account acctg-freq array batch bb bbf begin chdir cluster cluster-constraint clusters comment constraint',
  ),
  ...splitNames(
    'consolidate-segments container container-id core-spec cores-per-socket cpu-freq cpus-per-gpu',
  ),
  ...splitNames(
    'cpus-per-task deadline delay-boot dependency distribution error exclude export export-file extra',
  ),
  ...splitNames(
    'extra-node-info gid gpu-bind gpu-freq gpus gpus-per-node gpus-per-socket gpus-per-task gres',
  ),
  ...splitNames(
    'gres-flags hint input job-name kill-on-invalid-dep licenses mail-type mail-user mcs-label mem',
  ),
  ...splitNames(
    'mem-bind mem-per-cpu mem-per-gpu mincpus network nodefile nodelist nodes ntasks ntasks-per-core',
  ),
  ...splitNames(
    'ntasks-per-gpu ntasks-per-node ntasks-per-socket open-mode output partition power prefer priority',
  ),
  ...splitNames(
    'profile qos reservation segment signal sockets-per-node switches thread-spec threads-per-core time',
  ),
  ...splitNames('time-min tmp tres-bind tres-per-task uid wait-all-nodes wckey wrap'),
]);

/** Options that accept a value only in the same word: `--exclusive=user`. */
const optionalValueOptions = new Set(splitNames('exclusive get-user-env nice no-kill propagate resv-ports'));

const flagOptions = splitNames(
  'contiguous help hold ignore-pbs no-requeue overcommit oversubscribe parsable quiet reboot requeue spread-job ' +
    'stepmgr test-only usage use-min-nodes verbose version wait',
);

const allOptions = [...valueOptions, ...optionalValueOptions, ...flagOptions];

/** The full name of an abbreviation, as in getopt; unknown and ambiguous names stay unchanged. */
export function toLongName(name: string): string {
  if (name === '' || allOptions.includes(name)) return name;
  const [only, ...others] = allOptions.filter((one) => one.startsWith(name));
  return only !== undefined && others.length === 0 ? only : name;
}

/**
 * True if the option always has a value, false if never; undefined if it can have one in the same word, or is
 * unknown.
 */
export function takesValue(name: string): boolean | undefined {
  if (valueOptions.has(name)) return true;
  return flagOptions.includes(name) ? false : undefined;
}

function parsePairs(text: string): readonly (readonly [string, string])[] {
  return splitNames(text).map((pair) => [pair.slice(0, 1), pair.slice(2)] as const);
}

function splitNames(text: string): readonly string[] {
  return text.split(' ');
}
