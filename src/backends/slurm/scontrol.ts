/** One thing that scontrol tells of, by its keys: `{ JobId: '36', StdOut: '/home/al/36.out', … }`. */
export type Shown = Readonly<Record<string, string>>;

/**
 * The keys that are read, in Slurm's own order. Source: docs/protocols/slurm.md, 4.3, and recorded answers. Anything else that
 * looks like a key is part of the value before it.
 */
const jobKeys = [
  ...['JobId', 'ArrayJobId', 'ArrayTaskId', 'ArrayTaskThrottle', 'HetJobId', 'HetJobOffset', 'HetJobIdSet'],
  ...['JobName', 'UserId', 'GroupId', 'MCS_label', 'Priority', 'Nice', 'Account', 'QOS', 'WCKey', 'JobState'],
  ...['Reason', 'FailedNode', 'Dependency', 'Requeue', 'Restarts', 'BatchFlag', 'Reboot', 'ExitCode'],
  ...['DerivedExitCode', 'RunTime', 'TimeLimit', 'TimeMin', 'SubmitTime', 'EligibleTime', 'AccrueTime'],
  ...['ResizeTime', 'StartTime', 'EndTime', 'Deadline', 'PreemptEligibleTime', 'PreemptTime', 'SuspendTime'],
  ...['SecsPreSuspend', 'LastSchedEval', 'Scheduler', 'Partition', 'AllocNode:Sid', 'ReqNodeList'],
  ...[
    'ExcNodeList',
    'NodeList',
    'SchedNodeList',
    'BatchHost',
    'NumNodes',
    'NumCPUs',
    'NumTasks',
    'CPUs/Task',
  ],
  ...['ReqB:S:C:T', 'TRES', 'ReqTRES', 'AllocTRES', 'Socks/Node', 'NtasksPerN:B:S:C', 'CoreSpec'],
  ...[
    'MinCPUsNode',
    'MinMemoryNode',
    'MinMemoryCPU',
    'MinTmpDiskNode',
    'Features',
    'Reservation',
    'DelayBoot',
  ],
  ...['OverSubscribe', 'Exclusive', 'Contiguous', 'Licenses', 'LicensesAlloc', 'Network', 'Command'],
  ...[
    'SubmitLine',
    'WorkDir',
    'AdminComment',
    'SystemComment',
    'Comment',
    'StdErr',
    'StdIn',
    'StdOut',
    'Power',
  ],
  ...['CpusPerTres', 'MemPerTres', 'TresPerJob', 'TresPerNode', 'TresPerSocket', 'TresPerTask', 'MailUser'],
  ...['MailType'],
];

/** The last of a job's paths; nearly all that a user chose freely stands before them. */
const fromTheEnd = ['StdErr', 'StdIn', 'StdOut'];

/** What follows a job's name. A name that holds all of it is nobody's accident. */
const afterName = / (?:HetJobIdSet=\S+ )?UserId=\S+\(\d+\) GroupId=\S+\(\d+\) MCS_label=/;

/** Stands for a name that is known; no name can hold it. */
const masked = '\u0000';

/**
 * Reads `scontrol --oneliner show job`: one for each job. Values may hold spaces and what looks like keys: only known
 * keys are read, none within the name and the submitted command line, each where it stands first; those behind nearly all
 * of users' texts where they stand last.
 *
 * @param name - The jobs' name, where it is known, so that nothing in it can be taken for more.
 */
export function readShowJob(text: string, name?: string): readonly Shown[] {
  const safe = ['UserId=', 'HetJobIdSet='].reduce(
    (whole, next) =>
      name === undefined ? whole : whole.replaceAll(`JobName=${name} ${next}`, `JobName=${masked} ${next}`),
    text,
  );
  return recordsOf(safe, /^(?=JobId=\d+ (?:\w+=\S* ){0,5}JobName=)/m).map((record) => {
    const shown = readJob(record);
    return shown.JobName === masked && name !== undefined ? { ...shown, JobName: name } : shown;
  });
}

/** Reads `scontrol show partition`, with or without `--oneliner`. */
export const readShowPartition = (text: string): readonly Shown[] =>
  recordsOf(text, /^(?=PartitionName=)/m).map((record) =>
    valuesOf(record, [...record.matchAll(/(?:^|\s)([A-Z]\w*)=/g)]),
  );

/** Each begins with its first key at the beginning of a line; what stands before all of them is none. */
const recordsOf = (text: string, start: RegExp): readonly string[] =>
  text
    .split(start)
    .filter((record) => start.test(record))
    .map((record) => record.trimEnd());

const keyOf = new RegExp(`(?:^|\\s)(${jobKeys.join('|')})=`, 'g');

function readJob(record: string): Shown {
  const nameEnd = record.search(afterName);
  // The command line of the submission, which 26.05 tells, repeats what a user wrote, right before the folder.
  const closed = [
    [record.indexOf(' JobName='), nameEnd],
    [record.indexOf(' SubmitLine=', nameEnd), record.lastIndexOf(' WorkDir=')],
  ] as const;
  const found = new Map<string, RegExpExecArray>();
  for (const match of record.matchAll(keyOf)) {
    const [, key = ''] = match;
    const isWithin = closed.some(([from, to]) => from >= 0 && from < match.index && match.index < to);
    if (!isWithin && (!found.has(key) || fromTheEnd.includes(key))) found.set(key, match);
  }
  const inOrder = [...found.values()].sort((a, b) => a.index - b.index);
  return valuesOf(record, inOrder);
}

/** What stands between a key and the next one. From entries, so that no key is special. */
function valuesOf(record: string, keys: readonly RegExpExecArray[]): Shown {
  const pairs = keys.map((match, place) => {
    const from = match.index + match[0].length;
    return [match[1] ?? '', record.slice(from, keys[place + 1]?.index ?? record.length).trimEnd()] as const;
  });
  // The first wins where a key stands twice.
  return Object.fromEntries(pairs.toReversed());
}
