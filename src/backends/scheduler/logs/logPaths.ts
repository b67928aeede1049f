import { JobError } from '../../../core/domain/problem.js';
import type { JobId } from '../../../core/domain/job.js';
import type { Say } from '../../../lib/say.js';
import type { HostFiles } from '../../../remote/folders.js';
import { looker } from '../../../remote/looker.js';
import type { Notes } from '../../notes/notes.js';
import type { Calls } from '../calls.js';
import { allShown, shownId } from '../../slurm/history.js';
import { noteOf, type SlurmNote } from '../jobs/jobNote.js';
import { noLog, type LogPaths } from './logs.js';
import { readShownId } from '../../slurm/indices.js';
import { defaultPattern, expandPattern, literalPattern } from '../../slurm/patterns.js';
import type { Seen } from '../jobs/seen.js';
import { folderOf } from '../submit/staging.js';
import { stateOf } from '../../slurm/states.js';

/** What finding a job's log needs. */
export interface PathParts {
  readonly calls: Calls;
  readonly files: HostFiles;
  readonly notes: Notes<SlurmNote>;
  /** The job as it was seen; of an array's own row, a task. */
  readonly seen: (id: JobId, signal: AbortSignal) => Promise<Seen | undefined>;
  readonly say: Say;
}

/**
 * Where a job writes: as it was submitted, or as the controller tells while it remembers; later, where such files usually
 * are. What was once found is remembered. Source: docs/protocols/slurm.md, 7.1.
 */
export function logPaths(
  parts: PathParts,
): (id: JobId, signal: AbortSignal) => Promise<LogPaths | undefined> {
  const { calls, notes, say } = parts;
  const found = new Map<string, LogPaths>();
  return async (id, signal) => {
    const seen = await parts.seen(id, signal);
    // A number may come again.
    const key = `${id} ${String(seen?.submitted?.getTime())}`;
    const known = found.get(key);
    if (known) return known;
    if (seen && seen.id !== id)
      throw new JobError({
        kind: 'invalid',
        why: say('{0} is an array: each of its tasks has a log of its own.', seen.name),
      });
    const note = await noteOf(notes, id, seen);
    if (!seen && !note) throw new JobError({ kind: 'gone', name: id });
    const ours = note && byNote(note, seen ?? forgottenJob(id, note.name));
    const told = ours ?? (await toldBy(id, seen, signal));
    if (told) {
      found.set(key, told);
      if (!ours) await notes.put(id, { ...(seen ? whenSeen(seen) : {}), ...note, ...toPatterns(told) });
      return told;
    }
    if (seen && stateOf(seen.state).kind === 'queued') return undefined;
    const guessed = seen && (await guess(parts, seen, note, signal));
    if (guessed) return guessed;
    throw noLog(seen?.name ?? note?.name ?? id, say);
  };

  async function toldBy(
    id: JobId,
    seen: Seen | undefined,
    signal: AbortSignal,
  ): Promise<LogPaths | undefined> {
    // While it waits the files of an array's tasks are not told yet.
    if (seen && stateOf(seen.state).kind === 'queued') return undefined;
    const records = await allShown(calls, id, seen?.name, signal);
    const record = records.find((one) => shownId(one) === id) ?? records[0];
    const { StdOut: output, StdErr: error } = record ?? {};
    if (output === undefined || !output.startsWith('/')) return undefined;
    return { output, ...(error === undefined || error === output ? {} : { error }) };
  }
}

/** Where a job writes, as patterns that are kept. */
const toPatterns = ({ output, error }: LogPaths): LogPaths => ({
  output: literalPattern(output),
  ...(error === undefined ? {} : { error: literalPattern(error) }),
});

/** By which the job is known again. */
const whenSeen = ({ name, submitted }: Seen): Pick<SlurmNote, 'name' | 'at'> => ({
  name,
  ...(submitted ? { at: submitted.toISOString() } : {}),
});

/** What a pattern needs of a job. */
type PatternJob = Pick<Seen, 'own' | 'base' | 'index' | 'name' | 'workDir'>;

/** One of which nobody knows any more than its number. A pattern that needs more of it stays unknown. */
function forgottenJob(id: string, name = ''): PatternJob | undefined {
  const read = readShownId(id);
  if (!read || read.tasks) return undefined;
  const { base, index } = read;
  const known = { name, workDir: '.' };
  return index === undefined ? { ...known, own: base } : { ...known, base, index };
}

/** Undefined: not all of it is known. */
function byNote(
  { output: outputs, error: errors }: SlurmNote,
  seen: PatternJob | undefined,
): LogPaths | undefined {
  if (!seen) return undefined;
  const output = outputs === undefined ? undefined : byPattern(outputs, seen);
  if (output === undefined || errors === undefined) return output === undefined ? undefined : { output };
  const error = byPattern(errors, seen);
  if (error === undefined) return undefined;
  return error === output ? { output } : { output, error };
}

function byPattern(pattern: string, seen: PatternJob, node?: string): string | undefined {
  const { own, base, index, name, workDir } = seen;
  // Of a task that waits, or of which only its index is known, the own number is not known.
  const needsOwn = index !== undefined && own === undefined && /%\d*[jJ]/.test(pattern.replaceAll('%%', ''));
  const jobId = own ?? (needsOwn ? undefined : base);
  if (jobId === undefined) return undefined;
  const array = index === undefined ? {} : { arrayId: base ?? jobId, index };
  const facts = { jobId, ...array, name, workDir, ...(node === undefined ? {} : { node }) };
  const path = expandPattern(pattern, facts);
  return path?.startsWith('/') ? path : undefined;
}

/** The short name of a job's first node: `n1` of `n[1-3,7].cluster`. */
function firstNode({ nodeList }: Seen): string | undefined {
  const [, head = '', inner = ''] = /^([^,[\]]+)(?:\[(\w+))?/.exec(nodeList ?? '') ?? [];
  return head === '' ? undefined : (head + inner).replace(/\..*$/s, '');
}

/** Where Slurm, or we, put the output of a job that nobody knows more of. */
async function guess(
  { files }: PathParts,
  seen: Seen,
  note: SlurmNote | undefined,
  signal: AbortSignal,
): Promise<LogPaths | undefined> {
  const name = defaultPattern(seen.index !== undefined);
  const ours = folderOf(seen.workDir) ?? note?.folder;
  const usual = [...(ours === undefined ? [] : [ours]), seen.workDir].map(
    (folder) => `${literalPattern(folder)}/${name}`,
  );
  const patterns = [...(note?.output === undefined ? [] : [note.output]), ...usual];
  const look = looker(files, signal);
  try {
    for (const pattern of patterns) {
      const output = byPattern(pattern, seen, firstNode(seen));
      if (output !== undefined && (await look.look(output, 0, 0))) return { output };
    }
    return undefined;
  } finally {
    look.close();
  }
}
