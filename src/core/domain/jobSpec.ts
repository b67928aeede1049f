/** The text of a script at the time of the click, including unsaved changes. */
export interface Script {
  /** The file name with its extension, without folders: `fit.jl`. */
  readonly name: string;
  readonly text: string;
  /** The language environment it runs in; undefined: none was chosen, or the backend does not support any. */
  readonly environment?: ScriptEnvironment;
}

/** A language environment: the files that declare a script's dependencies, as they were when the command ran. */
export interface ScriptEnvironment {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Texts of its files, by the names that the language expects next to the script. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * A packed folder: a complete tar in a temporary folder, which {@link Bundler.discard} deletes after the
 * submission.
 */
export interface Bundle {
  /** Absolute path of the tar, which is uncompressed and has one root directory. */
  readonly file: string;
  /** Name of the root directory in the tar. */
  readonly root: string;
  readonly files: number;
  /** Size of the tar. */
  readonly bytes: number;
  /** SHA-256 of the tar: 64 lowercase hexadecimal digits. */
  readonly sha256: string;
  /** SHA-256 of the language's lock file at its root, as packed: 64 lowercase hex digits; undefined: no such file. */
  readonly lockFileSha256?: string;
}

/** The parts of a submission that do not depend on the workload. */
export interface JobRequest {
  /** The job's name: one line, not empty. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Time limit in milliseconds; undefined: the backend's default. */
  readonly limitMs?: number;
  /** Answers to the backend's own {@link Question}s, by question id. */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * An application that the service offers: an installed package with a main program, or one provided by the
 * service.
 */
export interface Application {
  /** Unique within its connection. */
  readonly id: string;
  readonly title: string;
  /** Kind and origin of the application, in a few words. */
  readonly detail?: string;
}

/**
 * The workload of a submission before its bundle is packed: a script, the script `entry` in a folder, an
 * application, or a command for a container service.
 */
export type JobWorkload =
  | { readonly kind: 'script'; readonly script: Script }
  | {
      readonly kind: 'bundle';
      readonly entry: string;
      /** The current text of the script; undefined if it could not be read or is not text. */
      readonly text?: string;
      /** Undefined until the folder is packed. */
      readonly bundle?: Bundle;
    }
  | { readonly kind: 'application'; readonly application: Application }
  | CommandWorkload;

/** A command that needs no files from the user's machine. */
export interface CommandWorkload {
  readonly kind: 'command';
  readonly command: readonly string[];
  /** The container image; undefined: the service's default. */
  readonly image?: string;
}

/** A submission that is still being edited. */
export type JobDraft = JobRequest & JobWorkload;

/** A complete submission. */
export type JobSpec = JobRequest &
  (
    | { readonly kind: 'script'; readonly script: Script }
    | {
        readonly kind: 'bundle';
        readonly bundle: Bundle;
        /** Path of the script relative to the bundle's root directory, with `/`. */
        readonly entry: string;
        readonly text?: string;
      }
    | { readonly kind: 'application'; readonly application: Application }
    | CommandWorkload
  );

/** The request without its workload. */
export const pickJobRequest = ({ name, args, env, limitMs, options }: JobRequest): JobRequest => ({
  name,
  args,
  env,
  options,
  ...(limitMs === undefined ? {} : { limitMs }),
});

/** A line of the review: `{ label: 'Interpreter', text: '/usr/bin/perl' }`. Warnings are listed first. */
export interface ReviewItem {
  readonly label: string;
  readonly text: string;
  readonly warning?: true;
  /** The id of the question that it is about, or `name`, `arguments`, `environment`, `limit`: it opens that. */
  readonly question?: string;
  /** The line of the script that it is about, counted from 1: it opens that. */
  readonly scriptLine?: number;
}

/** Reports the progress of a long operation in bytes. `ofBytes` is undefined if the total is unknown. */
export type ProgressCallback = (doneBytes: number, ofBytes: number | undefined) => void;

/**
 * The result of {@link JobSubmission.validate}. The same object is passed to {@link JobSubmission.send}, so a
 * backend can store more in it and need not validate twice.
 */
export interface SubmissionValidation {
  /** Shown to the user in the review. */
  readonly items: readonly ReviewItem[];
}
