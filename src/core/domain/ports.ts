import type { Bundle } from './jobSpec.js';
import type { Event } from '../../lib/event.js';

/** The extension's own log. Never pass secrets to it. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string, cause?: unknown): void;
}

export type { Clock } from '../../lib/time.js';

/** A path in the folder to be bundled, and whether it is included. Relative, with `/`. */
export interface FileDecision {
  readonly path: string;
  readonly type: 'file' | 'directory';
  /** Size of a file; 0 for a directory. */
  readonly bytes: number;
  readonly included: boolean;
  /** For an excluded path: the rule that excludes it. `.git` is always excluded, so it has no rule file. */
  readonly rule?: string;
  readonly ruleFile?: string;
  readonly ruleLine?: number;
}

/** A file that is in the bundle but not in the folder, or that differs from the one in the folder. */
export interface BundleAddition {
  /** Path in the bundle, with `/`: `.bundle/dev/Shared`, `Manifest.toml`. */
  readonly path: string;
  /** Absolute path of the folder it is copied from; undefined if it is created for the bundle. */
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

/** The files of a folder that would be sent. */
export interface PackPlan {
  readonly folder: string;
  /**
   * In the order of the tar. An excluded directory represents everything below it. Includes the {@link added}
   * files.
   */
  readonly decisions: readonly FileDecision[];
  readonly files: number;
  /** Total size of the files. */
  readonly bytes: number;
  /**
   * Dangling links, links out of the folder, link cycles, special files, missing packages: a sentence each.
   */
  readonly warnings: readonly string[];
  /** Files from outside the folder, sorted by path; absent: none. */
  readonly added?: readonly BundleAddition[];
}

/**
 * A bundle that is being packed; its plan is available first. Aborting the signal stops it and deletes all
 * temporary files.
 */
export interface PackJob {
  readonly plan: PackPlan;
  /**
   * Present while the language's package manager resolves dependencies that the folder lacks, which can take minutes:
   * the plan with what it found, and a warning for each dependency that it did not find. Until then the warnings of
   * {@link plan} list the dependencies.
   */
  readonly completed?: Promise<PackPlan>;
  /** Resolves when the tar is complete; {@link FolderBundler.discard} deletes it. */
  readonly bundle: Promise<Bundle>;
}

/** Selects and packs the files of a folder outside the caller's thread. */
export interface FolderBundler {
  /** Scans the folder without packing it. @throws {@link JobError} of kind `unreadable`, `disk`. */
  plan(folder: string, signal: AbortSignal): Promise<PackPlan>;
  /**
   * Scans the folder, then packs it. Rejects if a file changes between the two.
   * @param report - Called at least every quarter of a second; `ofBytes` is 0 during the scan.
   * @throws {@link JobError} of kind `nothingToSend`, `tooBig`, `unreadable`, `changed`, `diskFull`, `disk`.
   */
  pack(
    folder: string,
    limitBytes: number,
    report: (doneBytes: number, ofBytes: number) => void,
    signal: AbortSignal,
  ): Promise<PackJob>;
  /** Deletes a bundle's tar and its temporary folder. Never rejects. */
  discard(bundle: Bundle): Promise<void>;
}

/** Small values that persist between sessions, shared by all windows of the user. */
export interface StateStore {
  get(key: string): unknown;
  set(key: string, value: unknown): Promise<void>;
}

/** Job lists that persist between sessions, in files shared by all windows. */
export interface JobStore {
  /** The last stored list of a connection; empty if there is none. */
  read(connection: string): Promise<readonly unknown[]>;
  write(connection: string, jobs: readonly unknown[]): Promise<void>;
  /** True for the first caller with this key in any window; false for all later ones. */
  claim(key: string): Promise<boolean>;
}

/** The expected properties of a download; undefined ones are not checked. */
export interface ExpectedDownload {
  readonly bytes?: number;
  /** 64 lowercase hexadecimal digits. */
  readonly sha256?: string;
  /** The folder that must contain the path, after links are resolved, when the file is written. */
  readonly within?: string;
}

/**
 * Names in a tar that are unpacked only on request, and names that are never unpacked. Relative, with `/`.
 */
export interface WithheldFiles {
  /** Files that programs act on because of their name. */
  readonly tools: readonly string[];
  /** Files in `.git` folders, and files whose names this system does not support. */
  readonly never: readonly string[];
}

/** Asks whether to unpack `tools` as well; rejects if nothing should be unpacked. */
export type ConfirmToolFiles = (held: WithheldFiles) => Promise<boolean>;

/** Writes to the disk of this machine. */
export interface LocalDisk {
  /**
   * Writes to a temporary file next to `path`, then renames it. On failure, no file remains.
   * @throws {@link JobError} of kind `diskFull`, `disk`, `damaged` if size or checksum differ from the
   * expected ones.
   */
  readonly save: (
    path: string,
    parts: AsyncIterable<Uint8Array | string>,
    signal: AbortSignal,
    expected?: ExpectedDownload,
  ) => Promise<void>;
  readonly exists: (path: string) => Promise<boolean>;
  /**
   * The text of a file; undefined if it does not exist, cannot be read, is larger than `maxBytes`, or is not
   * UTF-8.
   */
  readonly readText: (path: string, maxBytes: number) => Promise<string | undefined>;
  /** True if the file starts like a tar, plain or gzipped; false otherwise, also if it cannot be read. */
  readonly isTar: (path: string) => Promise<boolean>;
  /**
   * Unpacks a tar into a new folder next to it and returns the folder's path. On failure, nothing remains.
   * `.git` folders are never unpacked. `wantsTools` is called at most once, if the tar contains files that
   * programs act on because of their name; without it they are not unpacked.
   * @throws {@link JobError} of kind `unsafeName` if a name would escape the folder, `unreadable`,
   * `diskFull`, `disk`.
   */
  readonly unpack: (tar: string, signal: AbortSignal, wantsTools?: ConfirmToolFiles) => Promise<string>;
  /**
   * The absolute path of `name` below `folder`; bytes that are not UTF-8 are encoded as in `byteNames.ts`.
   * @throws {@link JobError} of kind `unsafeName` if the path would be outside, also because of a link;
   * `unwritableName` if this system does not support the name.
   */
  readonly resolveInside: (folder: string, name: string) => Promise<string>;
  /**
   * A folder for copies that are only viewed, the same for the same key. Deleted after a month without use.
   */
  readonly getPreviewFolder: (key: string) => Promise<string>;
  /** Excludes `path` (relative to `folder`) from bundles: appends a rule to the nearest file called `ignoreFileName`. */
  readonly appendIgnoreRule: (folder: string, path: string, ignoreFileName: string) => Promise<void>;
}

/** Secrets, which the editor stores in the system's key ring. */
export interface SecretStore {
  readonly get: (key: string) => Promise<string | undefined>;
  readonly set: (key: string, value: string) => Promise<void>;
  readonly delete: (key: string) => Promise<void>;
  /** Fires with the key when a secret changes in any window. */
  readonly onDidChange: Event<string>;
}

/** An input that another program requires while it runs. */
export interface PromptRequest {
  /** Title of the connection that prompts. */
  readonly place: string;
  /** The program's own prompt: `Enter passphrase for key '/home/al/.ssh/id_ed25519':`. */
  readonly text: string;
  /** The input of a `secret` is masked; the answer to `confirm` is `yes` or `no`. */
  readonly kind: 'secret' | 'confirm' | 'text';
}

/** Prompts the user; undefined if the prompt was dismissed. Answers are never stored or logged. */
export type UserPrompter = (prompt: PromptRequest, signal: AbortSignal) => Promise<string | undefined>;
