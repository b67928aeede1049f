/** Short and long names of sbatch's options. Source: sbatch(1) of 22.05 to 26.05. */
export const shorts = new Map<string, string>([
  ...pairs('a:array A:account b:begin B:extra-node-info c:cpus-per-task C:constraint d:dependency D:chdir'),
  ...pairs('e:error F:nodefile G:gpus h:help H:hold i:input J:job-name k:no-kill L:licenses M:clusters'),
  ...pairs('m:distribution N:nodes n:ntasks O:overcommit o:output p:partition q:qos Q:quiet S:core-spec'),
  ...pairs('s:oversubscribe t:time u:usage V:version v:verbose W:wait w:nodelist x:exclude'),
]);

const withValue = new Set<string>([
  ...words(
    'account acctg-freq array batch bb bbf begin chdir cluster cluster-constraint clusters comment constraint',
  ),
  ...words('consolidate-segments container container-id core-spec cores-per-socket cpu-freq cpus-per-gpu'),
  ...words(
    'cpus-per-task deadline delay-boot dependency distribution error exclude export export-file extra',
  ),
  ...words('extra-node-info gid gpu-bind gpu-freq gpus gpus-per-node gpus-per-socket gpus-per-task gres'),
  ...words('gres-flags hint input job-name kill-on-invalid-dep licenses mail-type mail-user mcs-label mem'),
  ...words('mem-bind mem-per-cpu mem-per-gpu mincpus network nodefile nodelist nodes ntasks ntasks-per-core'),
  ...words(
    'ntasks-per-gpu ntasks-per-node ntasks-per-socket open-mode output partition power prefer priority',
  ),
  ...words(
    'profile qos reservation segment signal sockets-per-node switches thread-spec threads-per-core time',
  ),
  ...words('time-min tmp tres-bind tres-per-task uid wait-all-nodes wckey wrap'),
]);

/** Options that accept a value only in the same word: `--exclusive=user`. */
const mayHaveValue = new Set(words('exclusive get-user-env nice no-kill propagate resv-ports'));

const withoutValue = words(
  'contiguous help hold ignore-pbs no-requeue overcommit oversubscribe parsable quiet reboot requeue spread-job ' +
    'stepmgr test-only usage use-min-nodes verbose version wait',
);

const all = [...withValue, ...mayHaveValue, ...withoutValue];

/** The full name of an abbreviation, as in getopt; unknown and ambiguous names stay unchanged. */
export function longOf(name: string): string {
  if (name === '' || all.includes(name)) return name;
  const [only, ...others] = all.filter((one) => one.startsWith(name));
  return only !== undefined && others.length === 0 ? only : name;
}

/**
 * True if the option always has a value, false if never; undefined if it can have one in the same word, or is
 * unknown.
 */
export function takesValue(name: string): boolean | undefined {
  if (withValue.has(name)) return true;
  return withoutValue.includes(name) ? false : undefined;
}

function pairs(text: string): readonly (readonly [string, string])[] {
  return words(text).map((pair) => [pair.slice(0, 1), pair.slice(2)] as const);
}

function words(text: string): readonly string[] {
  return text.split(' ');
}
