import type { Request } from '../../../core/domain/jobSpec.js';

/** The name of the script that the scheduler is given, in the job's folder; it also tells that a folder is one of ours. */
export const batchName = 'job.sh';
export const workName = 'work';

/** Folders of ours: when it was, and something that no other has. */
export const folderForm = /^\d{8}-\d{6}-[0-9a-f]{8}$/;

/** The job's folder by the folder it runs in; undefined: it is none of ours. */
export function folderOf(workDir: string): string | undefined {
  const [, folder = '', name = ''] = /^(\/.*\/([^/]+))\/work(?:\/|$)/.exec(workDir) ?? [];
  return folderForm.test(name) ? folder : undefined;
}

/** The script of ours that a text, such as a command line, names first; undefined: none. */
export function findBatchPath(text: string): string | undefined {
  for (const part of text.split(/[\n'"]/)) {
    const found = /\/\d{8}-\d{6}-[0-9a-f]{8}\/job\.sh/.exec(part);
    if (!found) continue;
    // Another word may stand before it.
    const blank = part.lastIndexOf(' /', found.index);
    const begin = blank < 0 ? part.indexOf('/') : blank + 1;
    return part.slice(begin, found.index + found[0].length);
  }
  return undefined;
}

/** Where a submission lies on the host. All absolute. */
export interface SubmissionPlace {
  /** The job's folder. */
  readonly folder: string;
  /** Below it: where it runs. */
  readonly work: string;
  /** The script that the scheduler is given. */
  readonly script: string;
}

/** The command line of a submission, and where the job then writes. */
export interface Submission {
  readonly argv: readonly string[];
  /** What the command reads; absent: nothing. */
  readonly input?: string;
  /** What the job is called. */
  readonly name: string;
  /** The pattern of its output, absolute where that can be known. */
  readonly output: string;
  /** The pattern of its stderr, likewise; undefined: it goes where the output goes. */
  readonly error: string | undefined;
}

/** The job that a command says it has made. */
export interface SubmitAnswer {
  readonly id: string;
  /** The cluster that has it; undefined: the default one. */
  readonly cluster: string | undefined;
  /** True: other lines name other jobs, and nothing says which is meant. */
  readonly isUnsure: boolean;
  /** True: nothing else was written, which could have a number of its own. */
  readonly isAlone: boolean;
}

/** The commands that run before a script: the answer to the question `setup`, which dialects may have. */
export const setupOf = ({ options }: Request): string => (options['setup'] ?? '').trim();
