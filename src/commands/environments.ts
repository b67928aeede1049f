import type { Environment } from '../core/domain/jobSpec.js';
import { bytesText } from '../core/presentation/duration.js';
import type { Draft } from './draft.js';
import type { Item, Ui } from './ui.js';
import type { Ask } from './wizard.js';

/** The Julia environments that a script may be sent with, each read once: what was seen is what is sent. */
export interface Environments {
  /** Those near the script; the first is the default. */
  readonly found: readonly Environment[];
  /** Reads that of a folder; undefined: it holds neither a project nor a manifest. */
  readonly read: (folder: string) => Promise<Environment | undefined>;
}

/** An environment among those found, and added to them where the user chose another folder. */
export interface ChosenEnvironments extends Environments {
  readonly chosen: (draft: Draft) => Environment | undefined;
}

/** Keeps what was read, so that a folder is read at its choice and not again when sending. */
export function environmentsOf({ found, read }: Environments): ChosenEnvironments {
  const all = new Map(found.map((environment) => [environment.folder, environment]));
  return {
    get found() {
      return [...all.values()];
    },
    read: async (folder) => {
      const environment = all.get(folder) ?? (await read(folder));
      if (environment) all.set(folder, environment);
      return environment;
    },
    chosen: ({ environment }) => (environment === undefined ? found[0] : all.get(environment)),
  };
}

/** Source: `manifest_names` in Julia's base/loading.jl. */
const manifestName = /^(Julia)?Manifest(?:-v(\d{1,4})\.(\d{1,4}))?\.toml$/;

/**
 * The names of manifests among those of a folder, the one in use first. Which one that is where there is one for each
 * version of Julia, only the job's Julia decides: they come after those without a version, the newest first.
 */
export function manifestsByRank(names: readonly string[]): readonly string[] {
  // What is open in an editor need not be on disk.
  const all = new Set([
    'JuliaManifest.toml',
    'Manifest.toml',
    ...names.filter((name) => manifestName.test(name)),
  ]);
  return [...all].sort((a, b) => rankOf(b) - rankOf(a));
}

/** The manifest that a project names for itself, as it names it; undefined: none. Source: Pkg.jl documentation, 10. */
export function manifestNamedIn(project: string): string | undefined {
  const [top = ''] = project.split(/^[ \t]*\[/m, 1);
  return /^manifest\s*=\s*["']([^"'\\\n]+)["']/m.exec(top)?.[1];
}

function rankOf(name: string): number {
  const [, julia, major, minor] = manifestName.exec(name) ?? [];
  const version = major === undefined ? 1e9 : Number(major) * 1e4 + Number(minor);
  return version * 2 + (julia === undefined ? 0 : 1);
}

const other = Symbol('another folder');

/** The step that chooses one of them, another folder's, or none. */
export function askEnvironmentOf(ui: Ui, title: string, environments: Environments): Ask<Draft> {
  return {
    id: 'julia',
    optional: true,
    run: async (draft, at) => {
      const items: Item<string | typeof other>[] = [
        ...environments.found.map((environment) => ({
          value: environment.folder,
          label: environment.folder,
          icon: 'package',
          description: environmentText(environment),
        })),
        {
          value: '',
          label: 'None',
          icon: 'circle-slash',
          description: 'no environment',
        },
        { value: other, label: 'Choose Folder…', icon: 'folder' },
      ];
      // The one that stands comes first, as with all questions.
      items.sort((a, b) => Number(b.value === draft.environment) - Number(a.value === draft.environment));
      const answer = await ui.pick(
        { ...at, title: `${title}: Julia Environment` },
        items,
        'Project.toml and Manifest.toml for the script',
      );
      if (answer.kind !== 'value') return answer;
      if (answer.value !== other) return { kind: 'value', value: { ...draft, environment: answer.value } };
      const folder = await ui.chooseFolder('Julia Environment Folder', 'Use Environment');
      if (folder === undefined) return { kind: 'value', value: draft };
      const read = await environments.read(folder);
      if (!read) {
        await ui.tell('warning', `${folder} has no Project.toml or Manifest.toml.`, []);
        return { kind: 'value', value: draft };
      }
      return { kind: 'value', value: { ...draft, environment: folder } };
    },
  };
}

/** The files of an environment with their sizes, in one line. */
export function environmentText({ project, manifest, artifacts }: Environment): string {
  const size = (name: string, text: string | undefined): readonly string[] =>
    text === undefined ? [] : [`${name} (${bytesText(new TextEncoder().encode(text).length)})`];
  const files = [
    ...size('Project.toml', project),
    ...size('Manifest.toml', manifest),
    ...size('Artifacts.toml', artifacts),
  ];
  return files.length === 0 ? 'empty' : files.join(', ');
}
