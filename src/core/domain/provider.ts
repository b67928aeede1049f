import type { Backend } from './backend.js';
import type { QuestionAnswers, Question } from './questions.js';
import type { Connection } from './connection.js';

/**
 * Describes a kind of backend and creates it. `backends/index.ts` lists all providers;
 * `npm run contributions` writes their parts of `package.json` (settings, keywords, authentication entries)
 * from these members.
 */
export interface BackendProvider {
  /**
   * The value of {@link Connection.kind}, and part of the ids of its settings: `batchJobs.<kind>.<name>`.
   * Persisted: never change it.
   */
  readonly kind: string;
  readonly title: string;
  /** One line about the service. */
  readonly detail: string;
  /** The name of a codicon. */
  readonly icon: string;
  /** Search terms for the marketplace. */
  readonly keywords: readonly string[];
  /** The settings that all its connections share, in the order of the settings editor. */
  readonly settings: readonly ProviderSetting[];
  /** Whether the service requires a sign-in. If so, its connections appear in the *Accounts* menu. */
  readonly hasSignIn: boolean;
  /** Asked when a connection is added. The answers become {@link Connection.settings}, by question id. */
  readonly questions: readonly Question[];
  /** The suggested title of a new connection. Absent: none is suggested. */
  readonly getTitle?: (settings: QuestionAnswers) => string;
  /**
   * Creates the backend of one connection. Called once for each configured connection, and again when the
   * connection changes. Import heavy modules here with `import()`, so that users of other backends do not
   * load them.
   *
   * @throws {@link JobError} of kind `badSetting` if the connection's settings are invalid.
   */
  readonly create: (connection: Connection) => Promise<Backend>;
}

/** A setting of one provider. Its scope is the machine: workspaces and folders cannot change it. */
export interface ProviderSetting {
  /** Without the prefix `batchJobs.<kind>.`. */
  readonly name: string;
  /** Markdown for the settings editor. */
  readonly description: string;
  /** Its JSON schema. The default must be of the schema's type. */
  readonly schema: SettingSchema;
}

/** The JSON schema of a setting. */
export interface SettingSchema {
  readonly type: 'boolean' | 'integer' | 'string' | 'object' | 'array';
  readonly default: unknown;
  readonly [keyword: string]: unknown;
}
