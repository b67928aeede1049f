import type { Validation } from '../../core/domain/jobSpec.js';
import type { Directives } from './directives.js';
import type { SlurmEnvironment } from './environment.js';
import { directiveTexts } from './script.js';

/** The environments with which submissions were validated, so that sending them needs no further commands. */
export interface ValidatedSubmissions {
  readonly put: (validation: Validation, script: Directives, environment: SlurmEnvironment) => void;
  /** Undefined: the submission has not been validated completely, or its script has other directives now. */
  readonly find: (validation: Validation | undefined, script: Directives) => SlurmEnvironment | undefined;
}

export function createValidatedSubmissions(): ValidatedSubmissions {
  const all = new WeakMap<Validation, { readonly key: string; readonly environment: SlurmEnvironment }>();
  return {
    put: (validation, script, environment) => {
      all.set(validation, { key: keyOf(script), environment });
    },
    find: (validation, script) => {
      const found = validation && all.get(validation);
      return found?.key === keyOf(script) ? found.environment : undefined;
    },
  };
}

/** The text that is equal for equal directives, wherever they are in their script. */
const keyOf = (script: Directives): string =>
  JSON.stringify([
    directiveTexts(script),
    directiveTexts({ ...script, options: script.everywhere }),
    script.isHet,
  ]);
