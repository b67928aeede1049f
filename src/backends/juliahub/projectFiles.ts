import type { ScriptEnvironment } from '../../core/domain/jobSpec.js';

/** Texts of the files that the server can use of a Julia environment. */
export interface ProjectFiles {
  readonly project?: string;
  readonly manifest?: string;
  readonly artifacts?: string;
}

/** The files of an environment by their meaning; those that it does not have are absent. */
export function toProjectFiles(environment: ScriptEnvironment | undefined): ProjectFiles {
  const {
    'Project.toml': project,
    'Manifest.toml': manifest,
    'Artifacts.toml': artifacts,
  } = environment?.files ?? {};
  return {
    ...(project === undefined ? {} : { project }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(artifacts === undefined ? {} : { artifacts }),
  };
}
