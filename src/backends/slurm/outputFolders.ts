import { expandPattern } from './patterns.js';
import type { Submission } from '../scheduler/submit/submission.js';

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
 * The folders that a job writes to, since Slurm does not make them and the job would fail without a word.
 *
 * @param id - The job's number; undefined: it has none yet, and what depends on it is left.
 */
export function listOutputFolders(
  { output, error, name }: Submission,
  id: string | undefined,
): readonly string[] {
  const isWanted = ({ isPerJob }: OutputFolder): boolean => isPerJob === (id !== undefined);
  return [output, ...(error === undefined ? [] : [error])].flatMap((pattern) => {
    const folder = outputFolder(pattern);
    if (!folder || !isWanted(folder) || !folder.pattern.startsWith('/')) return [];
    if (pattern.includes('\\')) return [folder.pattern.replaceAll('\\', '')];
    if (/%\d*[abNnst]/.test(folder.pattern.replaceAll('%%', ''))) return [];
    const path = expandPattern(folder.pattern, { jobId: Number(id ?? 0), name, workDir: '/' });
    return path === undefined ? [] : [path];
  });
}
