// Writes the parts of package.json and package.nls.json that follow from the backend providers: `npm run
// contributions`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProviders, type ProviderDeps } from '../src/backends/index.js';
import type { BackendProvider } from '../src/core/domain/provider.js';

/** The part of package.json that follows from providers, among other content. */
export interface Manifest {
  readonly keywords: readonly string[];
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, SettingProperty>> };
    readonly authentication: readonly { readonly id: string; readonly label: string }[];
  };
}

interface SettingProperty {
  readonly order: number;
  readonly [keyword: string]: unknown;
}

/** package.nls.json. */
export type ManifestTexts = Readonly<Record<string, string>>;

/** Keywords of the extension; those of the providers follow. */
const generalKeywords = ['batch', 'job', 'queue', 'hpc'];

/** Order of the providers' settings in the settings editor; the other settings come before and after them. */
const firstOrder = 10;

/** The extension's providers. */
export const providers = (): readonly BackendProvider[] =>
  // SAFETY: providers are only described here; external dependencies are used only when a connection is
  // created.
  createProviders({} as ProviderDeps);

/** The manifest and its texts with the parts that follow from providers; other content stays unchanged. */
export function withContributions<M extends Manifest>(
  all: readonly BackendProvider[],
  manifest: M,
  texts: ManifestTexts,
): { readonly manifest: M; readonly texts: ManifestTexts } {
  const { contributes } = manifest;
  const { configuration } = contributes;
  return {
    manifest: {
      ...manifest,
      keywords: [...generalKeywords, ...all.flatMap(({ keywords }) => keywords)],
      contributes: {
        ...contributes,
        configuration: { ...configuration, properties: propertiesOf(all, configuration.properties) },
        authentication: all
          .filter(({ hasSignIn }) => hasSignIn)
          .map(({ kind }) => ({ id: `batchJobs.${kind}`, label: `%authentication.${kind}%` })),
      },
    },
    texts: textsOf(all, texts),
  };
}

function propertiesOf(
  all: readonly BackendProvider[],
  properties: Readonly<Record<string, SettingProperty>>,
): Readonly<Record<string, SettingProperty>> {
  const isOfProvider = (id: string): boolean => all.some(({ kind }) => id.startsWith(`batchJobs.${kind}.`));
  const general = Object.entries(properties)
    .filter(([id]) => !isOfProvider(id))
    .map(([id, property]) => ({
      id,
      property: id === 'batchJobs.connections' ? connectionsOf(all, property) : property,
    }));
  const ofProviders = all
    .flatMap(({ kind, settings }) => settings.map((setting) => ({ kind, ...setting })))
    .map(({ kind, name, schema }, index) => ({
      id: `batchJobs.${kind}.${name}`,
      property: {
        ...schema,
        scope: 'machine',
        order: firstOrder + index,
        markdownDescription: `%setting.${kind}.${name}%`,
      },
    }));
  return Object.fromEntries(
    [...general, ...ofProviders]
      .sort((a, b) => a.property.order - b.property.order)
      .map(({ id, property }) => [id, property]),
  );
}

/** The setting for connections with the available kinds. */
function connectionsOf(all: readonly BackendProvider[], property: SettingProperty): SettingProperty {
  // SAFETY: the project's own manifest.
  const items = property['items'] as {
    readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const kind = {
    ...items.properties['kind'],
    enum: all.map(({ kind }) => kind),
    enumDescriptions: all.map(({ kind }) => `%kind.${kind}%`),
  };
  return { ...property, items: { ...items, properties: { ...items.properties, kind } } };
}

function textsOf(all: readonly BackendProvider[], texts: ManifestTexts): ManifestTexts {
  const own = Object.fromEntries(
    all.flatMap(({ kind, title, detail, settings, hasSignIn }) => [
      ...settings.map(({ name, description }) => [`setting.${kind}.${name}`, description]),
      [`kind.${kind}`, `${title}: ${detail}.`],
      ...(hasSignIn ? [[`authentication.${kind}`, title]] : []),
    ]),
  ) as ManifestTexts; // SAFETY: pairs of texts.
  const places = all.map(({ title, detail }) => `**${title}**: ${detail}.`);
  const walkthrough = {
    'walk.connect': [
      'A connection is a place where jobs run.',
      ...places,
      '[Add Connection…](command:batchJobs.addConnection)',
    ].join('\n'),
  };
  const isOfProvider = (key: string): boolean =>
    all.some(({ kind }) => key.startsWith(`setting.${kind}.`)) || /^(kind|authentication)\./.test(key);
  const kept = Object.entries(texts).filter(([key]) => Object.hasOwn(own, key) || !isOfProvider(key));
  return { ...Object.fromEntries(kept), ...own, ...walkthrough };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(import.meta.dirname, '..');
  const [manifestFile, textsFile] = ['package.json', 'package.nls.json'].map((name) => join(root, name)) as [
    string,
    string,
  ];
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  // SAFETY: the project's own files.
  const made = withContributions(
    providers(),
    read(manifestFile) as Manifest,
    read(textsFile) as ManifestTexts,
  );
  writeFileSync(manifestFile, `${JSON.stringify(made.manifest, undefined, 2)}\n`);
  writeFileSync(textsFile, `${JSON.stringify(made.texts, undefined, 2)}\n`);
}
