/**
 * Everything that can go wrong, as data. Transport and backends throw it inside a {@link JobError}; `noticeOf` turns it
 * into a sentence and an action to offer.
 */
export type Problem =
  /** The server does not accept the sign-in (any more). */
  | { readonly kind: 'signedOut'; readonly place: string }
  /**
   * Nothing answered, or with `hasAnswered` only that it cannot answer now. `why` is a phrase: `connection refused
   * (port 22)`, `server error 503, try again`.
   */
  | { readonly kind: 'offline'; readonly place: string; readonly why: string; readonly hasAnswered?: true }
  /** A round of polling got no answer within `afterMs` milliseconds. */
  | { readonly kind: 'timedOut'; readonly place: string; readonly afterMs: number }
  /** The engine understood and said no, in its own words. */
  | { readonly kind: 'refused'; readonly place: string; readonly words: string }
  /** An answer this version does not know. `what` names the call. `isWebPage`: it is a page for a browser. */
  | { readonly kind: 'badAnswer'; readonly place: string; readonly what: string; readonly isWebPage?: true }
  /** The answer to a submission never came. `name` is the job's, where it is not the one that was asked for. */
  | { readonly kind: 'unclearSubmit'; readonly place: string; readonly name?: string }
  /** A program is not on the PATH. `for` is the script or action that needs it. */
  | { readonly kind: 'missingTool'; readonly tool: string; readonly for: string }
  /** No interpreter is known for this kind of file. */
  | { readonly kind: 'noInterpreter'; readonly script: string }
  /** The job is not there (any more). */
  | { readonly kind: 'gone'; readonly name: string }
  /** What was asked does not fit the job's state or the value is not allowed; the sentence says why. */
  | { readonly kind: 'invalid'; readonly why: string }
  /** The bundle is over the limit. `largest` first. */
  | {
      readonly kind: 'tooBig';
      readonly place: string;
      /** Absolute path of what was to be sent. */
      readonly folder: string;
      readonly bytes: number;
      readonly limitBytes: number;
      /** Name of the ignore file, relative to the folder. */
      readonly ignoreFile: string;
      readonly largest: readonly { readonly path: string; readonly bytes: number }[];
    }
  /** Nothing is left to send after the ignore rules. */
  | { readonly kind: 'nothingToSend'; readonly folder: string }
  /** No file in the folder can be the script that runs. */
  | { readonly kind: 'noScript'; readonly folder: string }
  /** The script itself stays behind by the ignore rules. */
  | {
      readonly kind: 'scriptIgnored';
      /** Absolute; the script and the ignore file are relative to it. */
      readonly folder: string;
      readonly script: string;
      readonly rule: string;
      readonly ruleFile: string;
      readonly ruleLine: number;
    }
  /** A file could not be read. `why` is a phrase: `permission denied`. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string }
  /** A file was not the same at the end of reading as at the click. */
  | {
      readonly kind: 'changed';
      readonly path: string;
      readonly how: 'vanished' | 'grew' | 'shrank' | 'changed';
    }
  /** No room. `path` names the folder that is full. */
  | { readonly kind: 'diskFull'; readonly path: string }
  /** Something on this machine's disk failed. */
  | { readonly kind: 'disk'; readonly path: string; readonly why: string }
  /** A downloaded name would leave the chosen folder. */
  | { readonly kind: 'unsafeName'; readonly name: string }
  /** This system has no files of such a name: `T:300K.csv` on Windows. */
  | { readonly kind: 'unwritableName'; readonly name: string }
  /** What came down is not what was announced: its size or its SHA-256 differs. Nothing of it is kept. */
  | { readonly kind: 'damaged'; readonly name: string }
  /** The program of a job does not answer on its port (yet). */
  | { readonly kind: 'notListening'; readonly name: string }
  /** The workspace is not trusted. */
  | { readonly kind: 'untrusted' }
  /** A setting does not have the form it should. */
  | { readonly kind: 'badSetting'; readonly setting: string; readonly why: string };

/** The one error type: a {@link Problem} and, as `cause`, what was met below. The message is for logs, not for users. */
export class JobError extends Error {
  override readonly name = 'JobError';
  constructor(
    readonly problem: Problem,
    options?: { readonly cause?: unknown },
  ) {
    super(`${problem.kind}: ${JSON.stringify(problem)}`, options);
  }
}

export { isAbort } from '../../lib/abort.js';
