import type { SubmissionValidation } from '../../core/domain/jobSpec.js';
import type { ScriptDirectives } from './directives.js';
import type { SlurmEnvironment } from './environment.js';
import { formatDirectives } from './batchFile.js';

/** The environments with which submissions were validated, so that sending them needs no further commands. */
export interface ValidatedSubmissions {
  readonly put: (
    validation: SubmissionValidation,
    script: ScriptDirectives,
    environment: SlurmEnvironment,
  ) => void;
  /** Undefined: the submission has not been validated completely, or its script has other directives now. */
  readonly find: (
    validation: SubmissionValidation | undefined,
    script: ScriptDirectives,
  ) => SlurmEnvironment | undefined;
}

export function createValidatedSubmissions(): ValidatedSubmissions {
  const all = new WeakMap<
    SubmissionValidation,
    { readonly key: string; readonly environment: SlurmEnvironment }
  >();
  return {
    put: (validation, script, environment) => {
      all.set(validation, { key: toKey(script), environment });
    },
    find: (validation, script) => {
      const found = validation && all.get(validation);
      return found?.key === toKey(script) ? found.environment : undefined;
    },
  };
}

/** The text that is equal for equal directives, wherever they are in their script. */
const toKey = (script: ScriptDirectives): string =>
  JSON.stringify([
    formatDirectives(script),
    formatDirectives({ ...script, options: script.everywhere }),
    script.isHet,
  ]);
