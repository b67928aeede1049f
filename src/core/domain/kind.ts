import type { Backend } from './backend.js';
import type { Answers, Question } from './questions.js';
import type { Connection } from './connection.js';

/** A kind of place jobs can run, and how a connection of it is made. */
export interface BackendKind {
  /** As it stands in {@link Connection.kind}. */
  readonly kind: string;
  readonly title: string;
  /** What it is, in one line. */
  readonly detail: string;
  /** What a new connection is asked for; the answers become its settings, by the questions' ids. */
  readonly questions: readonly Question[];
  /** What a new connection is called where the user gives it no other title. */
  readonly titleOf?: (settings: Answers) => string;
  /**
   * Loads what the kind needs with its first connection.
   * @throws {@link JobError} of kind `badSetting` where the connection's settings are not of the right form.
   */
  readonly create: (connection: Connection) => Promise<Backend>;
}
