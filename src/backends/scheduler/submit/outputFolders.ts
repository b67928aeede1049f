import type { Calls } from '../calls.js';
import { expandPattern } from '../../slurm/patterns.js';
import type { Submission } from '../../slurm/options.js';

/** The folder of a file that a job writes to. */
export interface OutputFolder {
  /** As a pattern; `logs`, `logs/%j`. */
  readonly pattern: string;
  /** True: it depends on the job's number or on where it runs, so that it cannot be made before. */
  readonly isPerJob: boolean;
}

/** The folder of the file that a pattern stands for; undefined: the one in which the job runs. */
export function outputFolder(pattern: string): OutputFolder | undefined {
  const end = pattern.lastIndexOf('/');
  if (end <= 0) return undefined;
  const folder = pattern.slice(0, end);
  const isLiteral = pattern.includes('\\');
  return { pattern: folder, isPerJob: !isLiteral && /%\d*[AabJjNnstux]/.test(folder.replaceAll('%%', '')) };
}

/**
 * Makes the folders that a job writes to, since Slurm does not and the job would fail without a word. Never fails: where
 * the job runs there may be other file systems.
 *
 * @param id - The job's number; undefined: it has none yet, and what depends on it is left.
 */
export async function makeOutputFolders(
  calls: Calls,
  { output, error, name }: Submission,
  id: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const isWanted = ({ isPerJob }: OutputFolder): boolean => isPerJob === (id !== undefined);
  const folders = [output, ...(error === undefined ? [] : [error])].flatMap((pattern) => {
    const folder = outputFolder(pattern);
    if (!folder || !isWanted(folder) || !folder.pattern.startsWith('/')) return [];
    if (pattern.includes('\\')) return [folder.pattern.replaceAll('\\', '')];
    if (/%\d*[abNnst]/.test(folder.pattern.replaceAll('%%', ''))) return [];
    const path = expandPattern(folder.pattern, { jobId: Number(id ?? 0), name, workDir: '/' });
    return path === undefined ? [] : [path];
  });
  if (folders.length === 0) return;
  await calls.look(['mkdir', '-p', '--', ...new Set(folders)], signal).catch(() => undefined);
}
