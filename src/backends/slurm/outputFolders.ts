import { expandPattern } from './patterns.js';
import type { SubmissionCommand } from '../scheduler/submit/submission.js';

/** The folder of a file that a job writes to. */
export interface OutputFolder {
  /** A pattern: `logs`, `logs/%j`. */
  readonly pattern: string;
  /** True if it depends on the job's number or node, so that it cannot be created before. */
  readonly isPerJob: boolean;
}

/** The folder in a file's pattern; undefined for the working directory. */
export function toOutputFolder(pattern: string): OutputFolder | undefined {
  const end = pattern.lastIndexOf('/');
  if (end <= 0) return undefined;
  const folder = pattern.slice(0, end);
  const isLiteral = pattern.includes('\\');
  return { pattern: folder, isPerJob: !isLiteral && /%\d*[AabJjNnstux]/.test(folder.replaceAll('%%', '')) };
}

/**
 * The folders that a job writes to, which Slurm does not create; without them the job would fail without a message.
 *
 * @param id - The job's number; undefined before it has one: folders that depend on it are omitted.
 */
export function listOutputFolders(
  { output, error, name }: SubmissionCommand,
  id: string | undefined,
): readonly string[] {
  const isWanted = ({ isPerJob }: OutputFolder): boolean => isPerJob === (id !== undefined);
  return [output, ...(error === undefined ? [] : [error])].flatMap((pattern) => {
    const folder = toOutputFolder(pattern);
    if (!folder || !isWanted(folder) || !folder.pattern.startsWith('/')) return [];
    if (pattern.includes('\\')) return [folder.pattern.replaceAll('\\', '')];
    if (/%\d*[abNnst]/.test(folder.pattern.replaceAll('%%', ''))) return [];
    const path = expandPattern(folder.pattern, { jobId: Number(id ?? 0), name, workDir: '/' });
    return path === undefined ? [] : [path];
  });
}
