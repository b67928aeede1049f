import type { Backend } from '../core/domain/backend.js';
import type { JobWorkload } from '../core/domain/jobSpec.js';
import { explainMisfit } from './connectionFit.js';
import { fitToBackend, type SubmissionDraft } from './submissionDraft.js';
import type { PickItem, UserInterface } from './ui.js';
import type { WizardStep } from './wizard.js';

/**
 * The step that chooses where the job runs. The list keeps the order of the connections; those that cannot
 * take the submission follow with the reason, and cannot be chosen.
 */
export function createConnectionStep(
  ui: UserInterface,
  title: string,
  backends: readonly Backend[],
  work: JobWorkload['kind'],
  script: string | undefined,
): WizardStep<SubmissionDraft> {
  return {
    id: 'connection',
    run: async (draft, at) => {
      const items = createItems(backends, work, script, draft);
      const answer = await ui.pick({ ...at, title: `${title}: Connection` }, items, 'Where the job runs');
      if (answer.kind !== 'value') return answer;
      const backend = answer.value;
      const isSame = backend.connection.id === draft.backend.connection.id;
      const value = isSame ? draft : fitToBackend(backend, { ...draft, options: {} });
      return { kind: 'value', value };
    },
  };
}

function createItems(
  backends: readonly Backend[],
  work: JobWorkload['kind'],
  script: string | undefined,
  draft: SubmissionDraft,
): readonly PickItem<Backend>[] {
  const all = backends.map((backend) => ({ backend, misfit: explainMisfit(backend, work, script) }));
  const able = all.filter(({ misfit }) => misfit === undefined);
  const unable = all.filter(({ misfit }) => misfit !== undefined);
  const isCurrent = ({ connection }: Backend): boolean => connection.id === draft.backend.connection.id;
  return [
    ...able.map(({ backend }): PickItem<Backend> => ({
      value: backend,
      label: backend.connection.title,
      icon: 'server',
      ...(isCurrent(backend) ? { isActive: true } : {}),
      ...(backend.connection.id === draft.lastUsed?.connection ? { description: 'last used' } : {}),
    })),
    ...unable.map(({ backend, misfit = '' }, index): PickItem<Backend> => ({
      value: backend,
      label: backend.connection.title,
      icon: 'circle-slash',
      description: misfit,
      isDisabled: true,
      ...(index === 0 ? { group: 'Not available' } : {}),
    })),
  ];
}
