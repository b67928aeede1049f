import type { Backend, Fact, Request, Work } from '../../core/backend.js';
import { durationText } from '../../core/duration.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import { optionOf, optionsIn, type Directives } from './directives.js';
import type { Offers } from './offers.js';
import { extraOf, setupOf } from './options.js';
import { batchOf, directiveTexts } from './script.js';
import type { Partition } from './sinfo.js';
import { readTimeOption } from './times.js';

/**
 * What the user should know before a submission to Slurm: what the script itself asks for, what was mended in it, and
 * what would keep it waiting for ever. A cluster that does not answer is said by the submission.
 */
export const slurmCheck =
  (offers: Offers, say: Say): NonNullable<Backend['check']> =>
  async (work, request, signal) => {
    const script = scriptOf(work);
    if (!script) return [];
    const batch = batchOf(script, script.name, setupOf(request), say);
    const { directives } = batch;
    if (directives.unclosed !== undefined)
      throw new JobError({
        kind: 'invalid',
        why: say(
          'Line {0} of {1} has a quote that is not closed, and sbatch refuses it.',
          directives.unclosed,
          script.name,
        ),
      });
    const asked = directiveTexts(directives);
    return [
      ...(asked.length > 0 ? [{ label: say('The script asks for'), text: asked.join('  ') }] : []),
      ...overridden(directives, request, say),
      ...batch.notes.map((text): Fact => ({ label: say('Mended'), text, warning: true })),
      ...exported(directives, request, say),
      ...(await unfit(offers, directives, request, say, signal)),
    ];
  };

function scriptOf(work: Work): { readonly name: string; readonly text: string } | undefined {
  if (work.kind === 'script') return work.script;
  if (work.kind === 'bundle' && work.text !== undefined) return { name: work.entry, text: work.text };
  return undefined;
}

const optionsOf: Readonly<Record<string, string>> = {
  partition: 'partition',
  account: 'account',
  qos: 'qos',
  nodes: 'nodes',
  tasks: 'ntasks',
  cpus: 'cpus-per-task',
  memory: 'mem',
  gpus: 'gres',
  array: 'array',
  after: 'dependency',
};

/** The user's answers count before the script's own lines. */
function overridden(own: Directives, { options, limitMs }: Request, say: Say): readonly Fact[] {
  const names = Object.entries(optionsOf)
    .filter(([id]) => (options[id] ?? '').trim() !== '')
    .map(([, option]) => option);
  const all = [...names, ...(limitMs === undefined ? [] : ['time'])];
  const both = all.filter((name) => optionOf(own, name) !== undefined);
  if (both.length === 0) return [];
  const text = both.map((name) => `--${name}=${optionOf(own, name) ?? ''}`).join('  ');
  return [{ label: say('Overridden by your choices'), text }];
}

/** Variables reach the job only where the submitter's environment does. Source: reference slurm.md, 3.1. */
function exported(own: Directives, { env, options }: Request, say: Say): readonly Fact[] {
  const value = optionOf(optionsIn(extraOf(options)), 'export') ?? optionOf(own, 'export');
  if (value === undefined || Object.keys(env).length === 0) return [];
  if (value.split(',').includes('ALL')) return [];
  const text = say('The job gets only what --export={0} names; your variables may not be among it.', value);
  return [{ label: say('Environment'), text, warning: true }];
}

/** What no node, or no rule, of the partition allows: such a job waits for ever. */
async function unfit(
  offers: Offers,
  own: Directives,
  { options, limitMs }: Request,
  say: Say,
  signal: AbortSignal,
): Promise<readonly Fact[]> {
  const partitions = await offers.partitions(signal).catch((error: unknown) => {
    if (error instanceof JobError) return [];
    throw error;
  });
  const name = (options['partition'] ?? '').trim() || optionOf(own, 'partition');
  const chosen = partitions.find((one) => (name === undefined ? one.isDefault : one.name === name));
  const warn = (text: string): Fact => ({ label: say('Partition'), text, warning: true });
  if (!chosen)
    return name === undefined || partitions.length === 0 || name.includes(',')
      ? []
      : [warn(say('The cluster has no partition {0}.', name))];
  const written = optionOf(own, 'time');
  const asked = limitMs ?? (written === undefined ? undefined : readTimeOption(written));
  const cpus = Number((options['cpus'] ?? '').trim() || (optionOf(own, 'cpus-per-task') ?? 0));
  return [
    ...(chosen.isUp
      ? []
      : [warn(say('The partition {0} is closed: the job waits until it is opened.', chosen.name))]),
    ...(isOver(asked, chosen) && typeof chosen.limit === 'number'
      ? [
          warn(
            say(
              '{0} lets jobs run {1} at most: with this limit it may wait for ever.',
              chosen.name,
              durationText(chosen.limit, say),
            ),
          ),
        ]
      : []),
    ...(chosen.cpusPerNode !== undefined && cpus > chosen.cpusPerNode
      ? [
          warn(
            say('No node of {0} has {1} CPUs; the largest has {2}.', chosen.name, cpus, chosen.cpusPerNode),
          ),
        ]
      : []),
  ];
}

const isOver = (asked: ReturnType<typeof readTimeOption>, { limit }: Partition): boolean =>
  asked !== undefined && typeof limit === 'number' && (asked === 'unlimited' || asked > limit);
