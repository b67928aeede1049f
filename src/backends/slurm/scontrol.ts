/** One record of scontrol, by key: `{ JobId: '36', StdOut: '/home/al/36.out', … }`. */
export type ScontrolRecord = Readonly<Record<string, string>>;

/**
 * The keys that are read, in Slurm's own order. Source: docs/protocols/slurm.md, 4.3, and recorded responses. Other
 * text that looks like a key is part of the value before it.
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

/** The last of a job's paths; nearly all text that users choose freely is before them. */
const trailingKeys = ['StdErr', 'StdIn', 'StdOut'];

/** The keys that follow a job's name. A name that contains all of them is no accident. */
const afterNamePattern = / (?:HetJobIdSet=\S+ )?UserId=\S+\(\d+\) GroupId=\S+\(\d+\) MCS_label=/;

/** Replaces a known name; no name can contain it. */
const maskedName = '\u0000';

/**
 * Parses `scontrol --oneliner show job`, one record for each job. Values can contain spaces and text that looks like
 * keys: only known keys are read, none within the name and the submitted command line, each at its first occurrence;
 * those after nearly all of the users' texts at their last.
 *
 * @param name - The jobs' name if known, so that nothing in it can be mistaken for a key.
 */
export function parseShowJob(text: string, name?: string): readonly ScontrolRecord[] {
  const safe = ['UserId=', 'HetJobIdSet='].reduce(
    (whole, next) =>
      name === undefined
        ? whole
        : whole.replaceAll(`JobName=${name} ${next}`, `JobName=${maskedName} ${next}`),
    text,
  );
  return splitRecords(safe, /^(?=JobId=\d+ (?:\w+=\S* ){0,5}JobName=)/m).map((record) => {
    const shown = parseJob(record);
    return shown.JobName === maskedName && name !== undefined ? { ...shown, JobName: name } : shown;
  });
}

/** Parses `scontrol show partition`, with or without `--oneliner`. */
export const parseShowPartition = (text: string): readonly ScontrolRecord[] =>
  splitRecords(text, /^(?=PartitionName=)/m).map((record) =>
    toValues(record, [...record.matchAll(/(?:^|\s)([A-Z]\w*)=/g)]),
  );

/** Each record starts with its first key at the start of a line; text before the first record is ignored. */
const splitRecords = (text: string, start: RegExp): readonly string[] =>
  text
    .split(start)
    .filter((record) => start.test(record))
    .map((record) => record.trimEnd());

const keyPattern = new RegExp(`(?:^|\\s)(${jobKeys.join('|')})=`, 'g');

function parseJob(record: string): ScontrolRecord {
  const nameEnd = record.search(afterNamePattern);
  // The submitted command line, which 26.05 includes, repeats users' text directly before the folder.
  const closed = [
    [record.indexOf(' JobName='), nameEnd],
    [record.indexOf(' SubmitLine=', nameEnd), record.lastIndexOf(' WorkDir=')],
  ] as const;
  const found = new Map<string, RegExpExecArray>();
  for (const match of record.matchAll(keyPattern)) {
    const [, key = ''] = match;
    const isWithin = closed.some(([from, to]) => from >= 0 && from < match.index && match.index < to);
    if (!isWithin && (!found.has(key) || trailingKeys.includes(key))) found.set(key, match);
  }
  const inOrder = [...found.values()].sort((a, b) => a.index - b.index);
  return toValues(record, inOrder);
}

/** The text between a key and the next one. Created from entries, so that no key is special. */
function toValues(record: string, keys: readonly RegExpExecArray[]): ScontrolRecord {
  const pairs = keys.map((match, place) => {
    const from = match.index + match[0].length;
    return [match[1] ?? '', record.slice(from, keys[place + 1]?.index ?? record.length).trimEnd()] as const;
  });
  // The first occurrence of a key wins.
  return Object.fromEntries(pairs.toReversed());
}
