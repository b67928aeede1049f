import type { Backend } from './backend.js';
import type { Answers, Question } from './questions.js';
import type { Connection } from './connection.js';

/**
 * A kind of place where jobs run, as it describes itself. `backends/index.ts` lists all providers; what the manifest says
 * of them follows from here by `npm run contributions`.
 */
export interface BackendProvider {
  /** As it stands in {@link Connection.kind}, and in the ids of its settings: `batchJobs.<kind>.<name>`. */
  readonly kind: string;
  readonly title: string;
  /** One line about the place. */
  readonly detail: string;
  /** The name of a codicon. */
  readonly icon: string;
  /** Words by which the extension is found in the marketplace. */
  readonly keywords: readonly string[];
  /** The settings of all its connections, in their order. */
  readonly settings: readonly ProviderSetting[];
  /** Whether users sign in there: the Accounts menu then shows its connections. */
  readonly hasSignIn: boolean;
  /** What a new connection is asked for; the answers become its settings, by the questions' ids. */
  readonly questions: readonly Question[];
  /** The title of a new connection where the user gives it no other. */
  readonly titleOf?: (settings: Answers) => string;
  /**
   * Loads what the kind needs with its first connection.
   * @throws {@link JobError} of kind `badSetting` where the connection's settings are not of the right form.
   */
  readonly create: (connection: Connection) => Promise<Backend>;
}

/** A setting of the user's that belongs to one provider. It belongs to the machine: a folder cannot set it. */
export interface ProviderSetting {
  /** Without `batchJobs.<kind>.`. */
  readonly name: string;
  /** As the settings editor shows it, in Markdown. */
  readonly description: string;
  /** Its JSON schema, with a default of the schema's type. */
  readonly schema: SettingSchema;
}

/** A JSON schema of a setting. */
export interface SettingSchema {
  readonly type: 'boolean' | 'integer' | 'string' | 'object' | 'array';
  readonly default: unknown;
  readonly [keyword: string]: unknown;
}
