/** Names for sentences, where known. */
export interface LimitOwner {
  readonly qos?: string | undefined;
  readonly account?: string | undefined;
}

/**
 * The text for a limit of a QOS or an account that keeps a job pending, from Slurm's name for it:
 * `QOSMaxCpuPerUserLimit`, `AssocGrpGRES`, `MaxJobsPerAccount`. Source: squeue(1), "JOB REASON CODES", and
 * docs/protocols/slurm.md, 10.
 *
 * @returns undefined for other names and names that this version does not know.
 */
export function formatLimitReason(reason: string, whose: LimitOwner): string | undefined {
  const [, owner = 'QOS', bound = '', name = ''] =
    /^(QOS|Assoc(?:iation)?)?(Max|Grp|Min)?([A-Za-z]+)$/.exec(reason) ?? [];
  if (!/^(QOS|Assoc|(Max|Grp)\w+Per(Account|User)$)/.test(reason)) return undefined;
  const [, counted = '', each = ''] =
    /^(\w+?)(PerJob|PerUser|PerAccount|PerAcct|PerNode)?(?:Limit)?$/.exec(name) ?? [];
  const what = formatResource(counted.replace(/(?:NotSatisfied|Limit)$/, ''));
  if (what === undefined) return undefined;
  const owned = formatOwner(owner, whose);
  if (bound === 'Min') return `requests less than ${owned} requires: ${what}`;
  if (each === 'PerJob') return `requests more than ${owned} allows per job: ${what}`;
  if (each === 'PerNode') return `requests more than ${owned} allows per node: ${what}`;
  if (bound === 'Grp') return `limit of ${owned} reached: ${what} in total`;
  if (each === 'PerAccount' || each === 'PerAcct') return `limit of ${owned} reached: ${what} per account`;
  if (bound === 'Max') return `limit of ${owned} reached: ${what} per user`;
  return `limit of ${owned} reached: ${what}`;
}

function formatOwner(owner: string, { qos, account }: LimitOwner): string {
  if (owner === 'QOS') return qos === undefined ? 'the QOS' : `the QOS ${qos}`;
  return account === undefined ? 'the account' : `the account ${account}`;
}

/** Slurm's names for counted resources in lowercase, and the text for each. */
const resourceNames: readonly (readonly [words: string, ours: () => string])[] = [
  ['cpu cpus', () => 'CPUs'],
  ['cpumins cpuminutes', () => 'CPU minutes'],
  ['cpurunmins cpurunminutes', () => 'running CPU minutes'],
  ['gres', () => 'GPUs or other GRES'],
  ['gresminutes gresrunminutes', () => 'GPU or other GRES minutes'],
  ['mem memory', () => 'memory'],
  ['memminutes memrunminutes', () => 'memory minutes'],
  ['node nodes', () => 'nodes'],
  ['nodeminutes noderunminutes', () => 'node minutes'],
  ['job jobs', () => 'running jobs'],
  ['submitjob submitjobs', () => 'submitted jobs'],
  ['wall wallduration time', () => 'run time'],
  ['resource', () => 'resources'],
  ['license', () => 'licenses'],
  ['bb', () => 'burst buffers'],
  ['billing billingminutes billingrunminutes', () => 'billing units'],
  ['energy', () => 'energy'],
];

const formatResource = (counted: string): string | undefined =>
  resourceNames.find(([words]) => words.split(' ').includes(counted.toLowerCase()))?.[1]();
