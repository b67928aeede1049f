import type { Say } from '../../lib/say.js';

/** Names for sentences, where they are known. */
export interface Whose {
  readonly qos?: string | undefined;
  readonly account?: string | undefined;
}

/**
 * A limit of a QOS or an account that keeps a job waiting, in words, from Slurm's name of it: `QOSMaxCpuPerUserLimit`,
 * `AssocGrpGRES`, `MaxJobsPerAccount`. Source: squeue(1), "JOB REASON CODES", and docs/protocols/slurm.md, 10.
 *
 * @returns undefined: it is no such name, or one this version has never met.
 */
export function limitText(reason: string, whose: Whose, say: Say): string | undefined {
  const [, owner = 'QOS', bound = '', name = ''] =
    /^(QOS|Assoc(?:iation)?)?(Max|Grp|Min)?([A-Za-z]+)$/.exec(reason) ?? [];
  if (!/^(QOS|Assoc|(Max|Grp)\w+Per(Account|User)$)/.test(reason)) return undefined;
  const [, counted = '', each = ''] =
    /^(\w+?)(PerJob|PerUser|PerAccount|PerAcct|PerNode)?(?:Limit)?$/.exec(name) ?? [];
  const what = countedText(counted.replace(/(?:NotSatisfied|Limit)$/, ''), say);
  if (what === undefined) return undefined;
  const owned = ownerText(owner, whose, say);
  if (bound === 'Min') return say('it asks for less than {0} requires: {1}', owned, what);
  if (each === 'PerJob') return say('it asks for more than {0} allows one job: {1}', owned, what);
  if (each === 'PerNode') return say('it asks for more than {0} allows on one node: {1}', owned, what);
  if (bound === 'Grp') return say('limit of {0} reached: {1} of all its jobs', owned, what);
  if (each === 'PerAccount' || each === 'PerAcct')
    return say('limit of {0} reached: {1} of one account', owned, what);
  if (bound === 'Max') return say('limit of {0} reached: {1} of one user', owned, what);
  return say('limit of {0} reached: {1}', owned, what);
}

function ownerText(owner: string, { qos, account }: Whose, say: Say): string {
  if (owner === 'QOS') return qos === undefined ? say('the QOS') : say('the QOS {0}', qos);
  return account === undefined ? say('the account') : say('the account {0}', account);
}

/** Slurm's words for what is counted, in small letters, and ours. */
const counts: readonly (readonly [words: string, ours: (say: Say) => string])[] = [
  ['cpu cpus', (say) => say('CPUs')],
  ['cpumins cpuminutes', (say) => say('CPU minutes')],
  ['cpurunmins cpurunminutes', (say) => say('running CPU minutes')],
  ['gres', (say) => say('GPUs or other GRES')],
  ['gresminutes gresrunminutes', (say) => say('minutes of GPUs or other GRES')],
  ['mem memory', (say) => say('memory')],
  ['memminutes memrunminutes', (say) => say('minutes of memory')],
  ['node nodes', (say) => say('nodes')],
  ['nodeminutes noderunminutes', (say) => say('minutes of nodes')],
  ['job jobs', (say) => say('running jobs')],
  ['submitjob submitjobs', (say) => say('submitted jobs')],
  ['wall wallduration time', (say) => say('run time')],
  ['resource', (say) => say('resources')],
  ['license', (say) => say('licenses')],
  ['bb', (say) => say('burst buffers')],
  ['billing billingminutes billingrunminutes', (say) => say('billing units')],
  ['energy', (say) => say('energy')],
];

const countedText = (counted: string, say: Say): string | undefined =>
  counts.find(([words]) => words.split(' ').includes(counted.toLowerCase()))?.[1](say);
