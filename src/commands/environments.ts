import type { ScriptEnvironment } from '../core/domain/jobSpec.js';
import type { LanguageSupport, ScriptEnvironments } from '../core/domain/language.js';
import { formatBytes } from '../core/presentation/formatting.js';
import type { SubmissionDraft } from './submissionDraft.js';
import type { PickItem, UserInterface } from './ui.js';
import type { WizardStep } from './wizard.js';

/** The environments of a script, including those that the user added from other folders. */
export interface CachedEnvironments extends ScriptEnvironments {
  readonly language: LanguageSupport;
  /** The environment that a draft uses; undefined: none. */
  readonly getChosen: (draft: SubmissionDraft) => ScriptEnvironment | undefined;
}

/** Reads each folder once: when it is chosen, not again when the script is sent. */
export function cacheEnvironments(
  language: LanguageSupport,
  { found, read }: ScriptEnvironments,
): CachedEnvironments {
  const all = new Map(found.map((environment) => [environment.folder, environment]));
  return {
    language,
    get found() {
      return [...all.values()];
    },
    read: async (folder) => {
      const environment = all.get(folder) ?? (await read(folder));
      if (environment) all.set(folder, environment);
      return environment;
    },
    getChosen: ({ environment }) => (environment === undefined ? found[0] : all.get(environment)),
  };
}

const anotherFolder = Symbol('another folder');

/** The wizard step that selects a language environment, another folder, or none. */
export function createScriptEnvironmentStep(
  ui: UserInterface,
  title: string,
  environments: CachedEnvironments,
): WizardStep<SubmissionDraft> {
  const { language } = environments;
  return {
    id: language.id,
    optional: true,
    run: async (draft, at) => {
      const items: PickItem<string | typeof anotherFolder>[] = [
        ...environments.found.map((environment) => ({
          value: environment.folder,
          label: environment.folder,
          icon: 'package',
          description: formatEnvironment(environment),
        })),
        {
          value: '',
          label: 'None',
          icon: 'circle-slash',
          description: 'no environment',
        },
        { value: anotherFolder, label: 'Choose Folder…', icon: 'folder' },
      ];
      // The current choice comes first, as in all steps.
      items.sort((a, b) => Number(b.value === draft.environment) - Number(a.value === draft.environment));
      const answer = await ui.pick(
        { ...at, title: `${title}: ${language.title} Environment` },
        items,
        `${language.projectFiles.join(' and ')} for the script`,
      );
      if (answer.kind !== 'value') return answer;
      if (answer.value !== anotherFolder)
        return { kind: 'value', value: { ...draft, environment: answer.value } };
      const folder = await ui.chooseFolder(`${language.title} Environment Folder`, 'Use Environment');
      if (folder === undefined) return { kind: 'value', value: draft };
      const read = await environments.read(folder);
      if (!read) {
        await ui.showMessage('warning', `${folder} has no ${language.projectFiles.join(' or ')}.`, []);
        return { kind: 'value', value: draft };
      }
      return { kind: 'value', value: { ...draft, environment: folder } };
    },
  };
}

/** The files of an environment with their sizes, in one line. */
export function formatEnvironment({ files }: ScriptEnvironment): string {
  const texts = Object.entries(files).map(
    ([name, text]) => `${name} (${formatBytes(new TextEncoder().encode(text).length)})`,
  );
  return texts.length === 0 ? 'empty' : texts.join(', ');
}
