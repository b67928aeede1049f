import type { JobRequest } from '../../../core/domain/jobSpec.js';

/** The name of the batch script in a job's folder; it also identifies a job folder of the extension. */
export const batchFileName = 'job.sh';
export const workFolderName = 'work';

/** The name of a job folder: its time and a unique suffix. */
export const jobFolderPattern = /^\d{8}-\d{6}-[0-9a-f]{8}$/;

/** The job folder that contains a working directory; undefined if it is not one of the extension's. */
export function toJobFolder(workDir: string): string | undefined {
  const [, folder = '', name = ''] = /^(\/.*\/([^/]+))\/work(?:\/|$)/.exec(workDir) ?? [];
  return jobFolderPattern.test(name) ? folder : undefined;
}

/** The first batch script of the extension in a text such as a command line; undefined if there is none. */
export function findBatchPath(text: string): string | undefined {
  for (const part of text.split(/[\n'"]/)) {
    const found = /\/\d{8}-\d{6}-[0-9a-f]{8}\/job\.sh/.exec(part);
    if (!found) continue;
    // Another word can precede it.
    const blank = part.lastIndexOf(' /', found.index);
    const begin = blank < 0 ? part.indexOf('/') : blank + 1;
    return part.slice(begin, found.index + found[0].length);
  }
  return undefined;
}

/** The paths of a submission on the host, all absolute. */
export interface SubmissionPaths {
  /** The job's folder. */
  readonly folder: string;
  /** The working directory, below it. */
  readonly work: string;
  /** The batch script. */
  readonly script: string;
}

/** The command line of a submission, and the files that the job writes to. */
export interface SubmissionCommand {
  readonly argv: readonly string[];
  /** The stdin of the command; absent: none. */
  readonly input?: string;
  /** The job's name. */
  readonly name: string;
  /** The pattern of its output, absolute if possible. */
  readonly output: string;
  /** The pattern of its stderr, absolute if possible; undefined if it goes to the output. */
  readonly error: string | undefined;
}

/** The job in a response of the submit command. */
export interface SubmitResponse {
  readonly id: string;
  /** The cluster that has it; undefined for the default cluster. */
  readonly cluster: string | undefined;
  /** True if other lines contain other IDs, so that it is unknown which one is the job's. */
  readonly isUnsure: boolean;
  /** True if nothing else was printed that could contain another number. */
  readonly isAlone: boolean;
}

/** The setup commands: the answer to the question `setup`, which dialects can have. */
export const getSetupCommands = ({ options }: JobRequest): string => (options['setup'] ?? '').trim();
