import type { Script } from '../core/domain/jobSpec.js';

/** A script as it stood when the user clicked. */
export interface OpenScript {
  readonly script: Script;
  /** Under which its last choices are remembered. */
  readonly key: string;
  /** Absolute path; undefined: it was never saved, or is no file of this machine. */
  readonly file?: string;
  /** In which the editor saves it, as VS Code names it (`windows1252`); undefined: UTF-8, as which all scripts are sent. */
  readonly encoding?: string;
}

/** A folder to be sent. */
export interface OpenFolder {
  /** Absolute path. */
  readonly folder: string;
  readonly key: string;
  /** The script inside that was clicked, relative, with `/`. */
  readonly entry?: string;
}

/** What lies on the user's desk: what a click means, and what is not saved. */
export interface Desk {
  readonly trusted: () => boolean;
  /** The script meant by a click on `resource`, or else the one in the active editor. Its text is taken at once. */
  readonly script: (resource: unknown) => Promise<OpenScript | undefined>;
  /** The folder meant by a click on `resource`, or else the workspace folder, or else one the user chooses. */
  readonly folder: (resource: unknown) => Promise<OpenFolder | undefined>;
  /** Names of unsaved files in a folder. */
  readonly unsavedIn: (folder: string) => readonly string[];
  /** The absolute path of the workspace's file that a job knew by this path; undefined: none is like it. */
  readonly locate: (path: string) => Promise<string | undefined>;
  /** Saves them; false where one could not be saved. */
  readonly saveIn: (folder: string) => Promise<boolean>;
}
