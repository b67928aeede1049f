/**
 * All expected failures, as data. Backends and the HTTP layer throw a problem inside a {@link JobError}; the
 * presentation layer converts it into a sentence and actions. `place` is always the title of the connection.
 */
export type JobProblem =
  /** The server does not accept the credentials, or no longer does. */
  | { readonly kind: 'signedOut'; readonly place: string }
  /**
   * No response, or with `hasAnswered` a response that the service is temporarily unavailable. `why` is a
   * phrase: `connection refused (port 22)`, `server error 503, try again`.
   */
  | { readonly kind: 'offline'; readonly place: string; readonly why: string; readonly hasAnswered?: true }
  /** A poll received no response within `afterMs` milliseconds. */
  | { readonly kind: 'timedOut'; readonly place: string; readonly afterMs: number }
  /**
   * The engine rejected the request. `words` is its own message; `report` is the command line, without
   * secrets, and everything that it answered.
   */
  | { readonly kind: 'refused'; readonly place: string; readonly words: string; readonly report?: string }
  /**
   * A response that this version cannot parse. `what` names the call. `isWebPage`: the response is an HTML
   * page.
   */
  | { readonly kind: 'badAnswer'; readonly place: string; readonly what: string; readonly isWebPage?: true }
  /**
   * The response to a submission was lost, so the job may exist. `name` is present if the job's name differs
   * from the requested one.
   */
  | { readonly kind: 'unclearSubmit'; readonly place: string; readonly name?: string }
  /** A program is not on the PATH. `for` is the script or action that requires it. */
  | { readonly kind: 'missingTool'; readonly tool: string; readonly for: string }
  /** No interpreter is configured for this kind of file. */
  | { readonly kind: 'noInterpreter'; readonly script: string }
  /** The job does not exist, or no longer does. */
  | { readonly kind: 'gone'; readonly name: string }
  /** The action does not fit the job's state, or a value is not allowed. `why` is a complete sentence. */
  | { readonly kind: 'invalid'; readonly why: string }
  /** The bundle exceeds the size limit. `largest` lists the largest files first. */
  | {
      readonly kind: 'tooBig';
      readonly place: string;
      /** Absolute path of the folder. */
      readonly folder: string;
      readonly bytes: number;
      readonly limitBytes: number;
      /** Name of the ignore file, relative to the folder. */
      readonly ignoreFile: string;
      readonly largest: readonly { readonly path: string; readonly bytes: number }[];
    }
  /** The ignore rules exclude every file. */
  | { readonly kind: 'nothingToSend'; readonly folder: string }
  /** The folder contains no file that can be run as a script. */
  | { readonly kind: 'noScript'; readonly folder: string }
  /** The ignore rules exclude the script to run. */
  | {
      readonly kind: 'scriptIgnored';
      /** Absolute; `script` and `ruleFile` are relative to it. */
      readonly folder: string;
      readonly script: string;
      readonly rule: string;
      readonly ruleFile: string;
      readonly ruleLine: number;
    }
  /** A file could not be read. `why` is a phrase: `permission denied`. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string }
  /** A file changed while the bundle was packed. */
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly how: 'vanished' | 'grew' | 'shrank' | 'changed';
    }
  /** The disk is full. `path` is the affected folder. */
  | { readonly kind: 'diskFull'; readonly path: string }
  /** A file operation on this machine failed. `why` is a phrase. */
  | { readonly kind: 'disk'; readonly path: string; readonly why: string }
  /** The name of a downloaded file would escape the selected folder. */
  | { readonly kind: 'unsafeName'; readonly name: string }
  /** This system does not support the file name: `T:300K.csv` on Windows. */
  | { readonly kind: 'unwritableName'; readonly name: string }
  /** The size or SHA-256 of a download does not match. The file was discarded. */
  | { readonly kind: 'damaged'; readonly name: string }
  /** The program of a job does not respond on its port (yet). */
  | { readonly kind: 'notListening'; readonly name: string }
  /** The workspace is not trusted. */
  | { readonly kind: 'untrusted' }
  /** A setting is invalid. `why` is a phrase. */
  | { readonly kind: 'badSetting'; readonly setting: string; readonly why: string };

/**
 * The only error type that carries a {@link JobProblem}; `cause` is the underlying error. The message is for
 * logs, not for users.
 */
export class JobError extends Error {
  override readonly name = 'JobError';
  constructor(
    readonly problem: JobProblem,
    options?: { readonly cause?: unknown },
  ) {
    super(`${problem.kind}: ${JSON.stringify(problem)}`, options);
  }
}

export { isAbort } from '../../lib/abort.js';
