import { JobError } from '../../core/problem.js';
import type { JobId } from '../../core/job.js';
import type { Say } from '../../core/say.js';
import type { HostFiles } from '../hosts/folders.js';
import { looker } from '../hosts/looker.js';
import type { Notes } from '../notes/notes.js';
import type { Calls } from './calls.js';
import { allShown } from './history.js';
import { noteOf, type SlurmNote } from './jobNote.js';
import { noLog, type LogPaths } from './logs.js';
import { defaultPattern, expandPattern } from './patterns.js';
import type { Seen } from './seen.js';
import { folderOf } from './staging.js';
import { stateOf } from './states.js';

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
 * are. What was once found is remembered. Source: reference slurm.md, 7.1.
 */
export function logPaths(
  parts: PathParts,
): (id: JobId, signal: AbortSignal) => Promise<LogPaths | undefined> {
  const { calls, notes, say } = parts;
  const found = new Map<JobId, LogPaths>();
  return async (id, signal) => {
    const known = found.get(id);
    if (known) return known;
    const seen = await parts.seen(id, signal);
    if (seen && seen.id !== id)
      throw new JobError({
        kind: 'invalid',
        why: say('{0} is an array: each of its tasks has a log of its own.', seen.name),
      });
    const note = await noteOf(notes, id, seen);
    if (!seen && !note) throw new JobError({ kind: 'gone', name: id });
    const ours = note && seen && byNote(note, seen);
    const told = ours ?? (await toldBy(id, seen, signal));
    if (told) {
      found.set(id, told);
      if (!ours) await notes.put(id, { ...(seen ? { name: seen.name } : {}), ...note, ...told });
      return told;
    }
    if (seen && stateOf(seen.state).kind === 'queued') return undefined;
    const guessed = seen && (await guess(parts, seen, signal));
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
    const [record] = await allShown(calls, id, seen?.name, signal);
    const { StdOut: output, StdErr: error } = record ?? {};
    if (output === undefined || !output.startsWith('/')) return undefined;
    return { output, ...(error === undefined || error === output ? {} : { error }) };
  }
}

/** Undefined: not all of it is known. */
function byNote({ output: outputs, error: errors }: SlurmNote, seen: Seen): LogPaths | undefined {
  const output = outputs === undefined ? undefined : byPattern(outputs, seen);
  if (output === undefined || errors === undefined) return output === undefined ? undefined : { output };
  const error = byPattern(errors, seen);
  if (error === undefined) return undefined;
  return error === output ? { output } : { output, error };
}

function byPattern(pattern: string, seen: Seen): string | undefined {
  const { own, base, index, name, workDir } = seen;
  const jobId = own ?? base;
  if (jobId === undefined) return undefined;
  const array = index === undefined ? {} : { arrayId: base ?? jobId, index };
  return expandPattern(pattern, { jobId, ...array, name, workDir });
}

/** Where Slurm, or we, put the output of a job that nobody knows more of. */
async function guess({ files }: PathParts, seen: Seen, signal: AbortSignal): Promise<LogPaths | undefined> {
  const name = defaultPattern(seen.index !== undefined);
  const ours = folderOf(seen.workDir);
  const look = looker(files, signal);
  try {
    for (const folder of [...(ours === undefined ? [] : [ours]), seen.workDir]) {
      const output = byPattern(`${folder}/${name}`, seen);
      if (output !== undefined && (await look.look(output, 0, 0))) return { output };
    }
    return undefined;
  } finally {
    look.close();
  }
}
