/** The text of a script as it stood when the user clicked. */
export interface Script {
  /** The file's name without folders, with its extension: `fit.jl`. */
  readonly name: string;
  readonly text: string;
  /** The language environment it runs in; undefined: none was chosen, or the backend does not support any. */
  readonly environment?: Environment;
}

/** A language environment: the files that declare a script's dependencies, as they were when the command ran. */
export interface Environment {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** Texts of its files, by the names that the language expects next to the script. */
  readonly files: Readonly<Record<string, string>>;
}

/** A folder packed for sending: a finished tar in a temporary place, which its maker removes. */
export interface Bundle {
  /** Absolute path of the tar: uncompressed, one root directory. */
  readonly file: string;
  /** Name of the one root directory inside. */
  readonly root: string;
  readonly files: number;
  /** Size of the tar. */
  readonly bytes: number;
  /** Of the tar: 64 lowercase hex digits. */
  readonly sha256: string;
  /** SHA-256 of the language's lock file at its root, as packed: 64 lowercase hex digits; undefined: no such file. */
  readonly lockFileSha256?: string;
}

/** What every submission carries, whatever is sent. */
export interface Request {
  /** What the user calls the job; not empty, one line. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds the job may run; undefined: the backend's default. */
  readonly limitMs?: number;
  /** Answers to the backend's own {@link Question}s by their ids. */
  readonly options: Readonly<Record<string, string>>;
}

/** An application that the place offers to run: a package with a main program, or one of its own. */
export interface Application {
  /** Unique within its place. */
  readonly id: string;
  readonly title: string;
  /** What it is and from where, in a few words. */
  readonly detail?: string;
}

/**
 * What is to be sent, as far as it is known before the bundle is packed: a script, the script `entry` inside a folder, an
 * application by its name, or a command that a container service runs.
 */
export type Work =
  | { readonly kind: 'script'; readonly script: Script }
  | {
      readonly kind: 'bundle';
      readonly entry: string;
      /** Of the script, as it stands now; undefined: it could not be read, or is none of text. */
      readonly text?: string;
      /** Undefined: it is not packed yet. */
      readonly bundle?: Bundle;
    }
  | { readonly kind: 'application'; readonly application: Application }
  | CommandWork;

/** A command without files of the user's. */
export interface CommandWork {
  readonly kind: 'command';
  readonly command: readonly string[];
  /** Of the container it runs in; undefined: the place's own. */
  readonly image?: string;
}

/** A submission that is still being decided on. */
export type JobDraft = Request & Work;

/** A submission that is complete. */
export type JobSpec = Request &
  (
    | { readonly kind: 'script'; readonly script: Script }
    | {
        readonly kind: 'bundle';
        readonly bundle: Bundle;
        /** The script inside it, relative to its root, with `/`. */
        readonly entry: string;
        readonly text?: string;
      }
    | { readonly kind: 'application'; readonly application: Application }
    | CommandWork
  );

/** Everything but the work of a submission. */
export const requestOf = ({ name, args, env, limitMs, options }: Request): Request => ({
  name,
  args,
  env,
  options,
  ...(limitMs === undefined ? {} : { limitMs }),
});

/** A line of the review: `{ label: 'Interpreter', text: '/usr/bin/perl' }`; a warning is marked and may have an id to act on. */
export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly warning?: true;
}

/** Progress of something long: how much is done of how much (undefined: not known), in bytes. */
export type Report = (doneBytes: number, ofBytes: number | undefined) => void;

/**
 * What a backend found as it looked at a submission. It is given back as the same object when that is sent, so that the
 * backend need not look again, and what was validated is what is sent.
 */
export interface Validation {
  /** What the user should know. */
  readonly items: readonly Fact[];
}
