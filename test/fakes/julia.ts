import type { ScriptEnvironment } from '../../src/core/domain/jobSpec.js';
import type { LanguageSupport } from '../../src/core/domain/language.js';
import type { ProjectFiles } from '../../src/backends/juliahub/projectFiles.js';
import { createJuliaSupport } from '../../src/languages/julia.js';

/** A Julia environment with these files. */
export const juliaEnvironment = (
  folder: string,
  { project, manifest, artifacts }: ProjectFiles,
): ScriptEnvironment => ({
  folder,
  files: {
    ...(project === undefined ? {} : { 'Project.toml': project }),
    ...(manifest === undefined ? {} : { 'Manifest.toml': manifest }),
    ...(artifacts === undefined ? {} : { 'Artifacts.toml': artifacts }),
  },
});

/** Support for Julia where no file and no extension exists. */
export const juliaLanguage: LanguageSupport = createJuliaSupport(
  {
    listFoldersAround: () => [],
    listNames: () => Promise.resolve([]),
    readText: () => Promise.resolve(undefined),
  },
  { getApi: () => Promise.resolve(undefined), getSetting: () => '' },
);
