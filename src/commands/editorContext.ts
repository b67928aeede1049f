import type { Script } from '../core/domain/jobSpec.js';

/** A script, with its text at the time of the command. */
export interface OpenScript {
  readonly script: Script;
  /** Key under which its last choices are stored. */
  readonly key: string;
  /** Absolute path; undefined: never saved, or not a file on this machine. */
  readonly file?: string;
  /**
   * The encoding in which the editor saves it, by VS Code's identifier (`windows1252`); undefined: UTF-8, in
   * which all scripts are sent.
   */
  readonly encoding?: string;
}

/** A folder to submit. */
export interface OpenFolder {
  /** Absolute path. */
  readonly folder: string;
  readonly key: string;
  /** The script that was right-clicked, relative to the folder, with `/`. */
  readonly entry?: string;
}

/** The script or folder that a command refers to, and unsaved changes. */
export interface EditorContext {
  readonly isTrusted: () => boolean;
  /**
   * The script that `resource` names, or the one in the active editor. Its text is read before the first
   * await.
   */
  readonly getScript: (resource: unknown) => Promise<OpenScript | undefined>;
  /** The folder that `resource` names, or the workspace folder, or one that the user selects. */
  readonly getFolder: (resource: unknown) => Promise<OpenFolder | undefined>;
  /** Names of unsaved files in a folder. */
  readonly listUnsaved: (folder: string) => readonly string[];
  /** The absolute path of the workspace file that best matches a job's path; undefined: no match. */
  readonly findWorkspaceFile: (path: string) => Promise<string | undefined>;
  /** Saves unsaved files in a folder; false if any could not be saved. */
  readonly saveFiles: (folder: string) => Promise<boolean>;
}
