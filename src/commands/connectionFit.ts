import { canSubmit, type Backend } from '../core/domain/backend.js';
import type { JobWorkload } from '../core/domain/jobSpec.js';

/** True if a backend runs scripts with this file extension. */
export function canRunScript({ capabilities }: Backend, name: string | undefined): boolean {
  const endings = capabilities.scriptExtensions;
  if (!endings || name === undefined) return true;
  return endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
}

/** Why a connection cannot take a submission, as a phrase (`accepts no scripts`); undefined: it can. */
export function explainMisfit(
  backend: Backend,
  work: JobWorkload['kind'],
  script: string | undefined,
): string | undefined {
  if (!canSubmit(backend, work)) return describeKind(backend, work);
  if (canRunScript(backend, script)) return undefined;
  const { scriptLanguage, scriptExtensions = [] } = backend.capabilities;
  return scriptLanguage === undefined
    ? `runs ${scriptExtensions.join(', ')} files only`
    : `runs ${scriptLanguage} scripts only`;
}

function describeKind({ submit }: Backend, work: JobWorkload['kind']): string {
  if (!submit) return 'accepts no submissions';
  switch (work) {
    case 'script':
      return 'accepts no scripts';
    case 'bundle':
      return 'accepts no folders';
    case 'application':
      return 'offers no applications';
    case 'command':
      return 'accepts no commands';
  }
}
