import type { Bundle } from './jobSpec.js';
import type { Event } from '../../lib/event.js';

/** Where lines for the extension's own log go. Never given a secret. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string, cause?: unknown): void;
}

export type { Clock } from '../../lib/time.js';

/** One path below a folder to be bundled, and what becomes of it. Paths are relative, with `/`. */
export interface Choice {
  readonly path: string;
  readonly type: 'file' | 'directory';
  /** Of a file; 0 for a directory. */
  readonly bytes: number;
  readonly included: boolean;
  /** Of an excluded path: what decided. `.git` is excluded by itself and has no file. */
  readonly rule?: string;
  readonly ruleFile?: string;
  readonly ruleLine?: number;
}

/** Something a bundle has besides what lies in its folder, or has in another form than it lies there. */
export interface Added {
  /** In the bundle, with `/`: `.bundle/dev/Shared`, `Manifest.toml`. */
  readonly path: string;
  /** Absolute path of the folder it is copied from; undefined: it is written for the bundle. */
  readonly from?: string;
  readonly files: number;
  readonly bytes: number;
  /**
   * `dev`: a package that the project uses from a folder outside. `package`, `artifact`: an installed copy of a
   * dependency that no registry offers. `rewritten`: a file of the folder, changed to refer to the copies. `created`: a
   * file that the folder does not have. `resolved`: such a file, written by the language's package manager.
   */
  readonly why: 'dev' | 'package' | 'artifact' | 'rewritten' | 'created' | 'resolved';
  /** Title of the program that resolved it. */
  readonly by?: string;
}

/** What would be sent of a folder at one moment. */
export interface Plan {
  readonly folder: string;
  /** Sorted as in the tar; an excluded directory stands for all below it. What is {@link added} is among them. */
  readonly choices: readonly Choice[];
  readonly files: number;
  /** Of the files together. */
  readonly bytes: number;
  /** Dangling links, links out of the folder, link cycles, special files, missing packages: a sentence each. */
  readonly warnings: readonly string[];
  /** What goes besides the folder, sorted by path; absent: nothing. */
  readonly added?: readonly Added[];
}

/** A bundle under way. The plan is there first; all stop, leaving nothing behind, when the signal is aborted. */
export interface Packing {
  readonly plan: Plan;
  /**
   * Present while the language's package manager resolves dependencies that the folder lacks, which can take minutes:
   * the plan with what it found, and a warning for each dependency that it did not find. Until then the warnings of
   * {@link plan} list the dependencies.
   */
  readonly completed?: Promise<Plan>;
  /** Resolves when the tar stands on disk; {@link Bundler.discard} removes it. */
  readonly bundle: Promise<Bundle>;
}

/** Chooses and packs the files of a folder, away from the caller's thread. */
export interface Bundler {
  /** Only looks. @throws {@link JobError} of kind `unreadable`, `disk`. */
  plan(folder: string, signal: AbortSignal): Promise<Plan>;
  /**
   * Looks, then packs what was seen; a file that differs from what was seen stops it.
   * @param report - At least every quarter of a second; `ofBytes` is 0 while it only looks.
   * @throws {@link JobError} of kind `nothingToSend`, `tooBig`, `unreadable`, `changed`, `diskFull`, `disk`.
   */
  pack(
    folder: string,
    limitBytes: number,
    report: (doneBytes: number, ofBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Packing>;
  /** Removes a bundle's tar and its temporary folder. Never fails. */
  discard(bundle: Bundle): Promise<void>;
}

/** Small facts that outlive the window, shared by all windows of this user. */
export interface Memory {
  get(key: string): unknown;
  set(key: string, value: unknown): Promise<void>;
}

/** What is remembered of jobs between sessions, in files shared by all windows. */
export interface JobStore {
  /** The last list a connection gave, as it was remembered; empty where none was. */
  read(connection: string): Promise<readonly unknown[]>;
  write(connection: string, jobs: readonly unknown[]): Promise<void>;
  /** True for the first caller with this key, in whatever window; false for all later ones. */
  claim(key: string): Promise<boolean>;
}

/** What was announced of a file that is to come; what is undefined is not checked. */
export interface Expected {
  readonly bytes?: number;
  /** 64 lowercase hex digits. */
  readonly sha256?: string;
  /** The folder that the path must lie in at the moment of writing, links followed. */
  readonly within?: string;
}

/** Names in a tar that are unpacked only on request, and those that never are, relative and with `/`. */
export interface HeldBack {
  /** What programs act on by its name. */
  readonly tools: readonly string[];
  /** What is in `.git` folders, and what this system cannot write. */
  readonly never: readonly string[];
}

/** Asks whether `tools` are to be unpacked as well; rejects where nothing is to be unpacked. */
export type WantsTools = (held: HeldBack) => Promise<boolean>;

/** Writes to this machine's disk. */
export interface Disk {
  /**
   * Writes what comes to a temporary file beside `path` and then puts it in its place; on failure nothing is left.
   * @throws {@link JobError} of kind `diskFull`, `disk`, `damaged` where it is not what was expected.
   */
  readonly save: (
    path: string,
    parts: AsyncIterable<Uint8Array | string>,
    signal: AbortSignal,
    expected?: Expected,
  ) => Promise<void>;
  readonly exists: (path: string) => Promise<boolean>;
  /** The text of a file; undefined: it is not there, cannot be read, is longer than this, or no text in UTF-8. */
  readonly textOf: (path: string, mostBytes: number) => Promise<string | undefined>;
  /** True for a tar, plain or gzipped, by how the file begins; false for all else, also where it cannot be read. */
  readonly isTar: (path: string) => Promise<boolean>;
  /**
   * Unpacks a tar into a folder beside it that was not there, and gives its path; on failure nothing is left of it.
   * `.git` folders are left out, and what programs act on by its name unless `wantsTools`, called once where there is such, says so.
   * @throws {@link JobError} of kind `unsafeName` where a name in it leads out, `unreadable`, `diskFull`, `disk`.
   */
  readonly unpack: (tar: string, signal: AbortSignal, wantsTools?: WantsTools) => Promise<string>;
  /**
   * The absolute path of `name` below `folder`; bytes in it that are no UTF-8 as `byteNames.ts` has them.
   * @throws {@link JobError} of kind `unsafeName` where it would be outside, also by a link that stands in the way;
   * `unwritableName` where this system has no such names.
   */
  readonly below: (folder: string, name: string) => Promise<string>;
  /** A folder for copies that are only looked at, always the same for the same key; removed after a month without use. */
  readonly scratch: (key: string) => Promise<string>;
  /** Excludes `path` (relative to `folder`) from bundles: appends a rule to the nearest file called `ignoreFileName`. */
  readonly exclude: (folder: string, path: string, ignoreFileName: string) => Promise<void>;
}

/** Secrets, kept by the editor in the system's key ring. */
export interface Secrets {
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, value: string) => Promise<void>;
  readonly delete: (key: string) => Promise<void>;
  /** A secret was changed, in whatever window; tells its key. */
  readonly changed: Event<string>;
}

/** Something that a program below needs from the user in the middle of its work. */
export interface Prompt {
  /** Title of the connection that prompts. */
  readonly place: string;
  /** The program's own words: `Enter passphrase for key '/home/al/.ssh/id_ed25519':`. */
  readonly text: string;
  /** A secret is typed unseen; to `confirm`, the answer is `yes` or `no`. */
  readonly kind: 'secret' | 'confirm' | 'text';
}

/** Asks the user; undefined: they left it. Answers are never remembered or logged. */
export type AskUser = (prompt: Prompt, signal: AbortSignal) => Promise<string | undefined>;
