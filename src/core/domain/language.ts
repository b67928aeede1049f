import type { ScriptEnvironment } from './jobSpec.js';

/** Language environments that a script can be submitted with, each read once: the files shown are the files sent. */
export interface ScriptEnvironments {
  /** Those near the script; the first is the default. */
  readonly found: readonly ScriptEnvironment[];
  /** Reads the environment in a folder; undefined: the folder has none. */
  readonly read: (folder: string) => Promise<ScriptEnvironment | undefined>;
}

/** Support for one programming language: its environments, its bundles, and how the UI names them. */
export interface LanguageSupport {
  /** VS Code's identifier of the language; also the id of the wizard step that selects an environment. */
  readonly id: string;
  /** Name of the language, as in the UI. */
  readonly title: string;
  /** The files an environment consists of, at least one of which is required. */
  readonly projectFiles: readonly string[];
  /** Name of the files that exclude paths from bundles. */
  readonly ignoreFileName: string;
  /** Finds the environments of a script. `file`: its absolute path; undefined: it was never saved. */
  readonly findEnvironments: (file: string | undefined) => Promise<ScriptEnvironments>;
}

/** The user's files, including unsaved changes. */
export interface UserFiles {
  /** The folders from a file's own up to its workspace folder, as absolute paths. */
  readonly listFoldersAround: (file: string) => readonly string[];
  /** Names of the files in a folder; empty where it cannot be read. */
  readonly listNames: (folder: string) => Promise<readonly string[]>;
  /** The text of a file; undefined: it does not exist. @throws {@link JobError} of kind `unreadable`. */
  readonly readText: (path: string) => Promise<string | undefined>;
}

/** Other extensions, which need not be installed. */
export interface OtherExtensions {
  /** The API that an extension exports; undefined: not installed, or not active unless `activate`. */
  readonly getApi: <T extends object>(id: string, activate: boolean) => Promise<Partial<T> | undefined>;
  /** A text setting of an extension, trimmed; empty: not set. */
  readonly getSetting: (section: string, name: string) => string;
}
