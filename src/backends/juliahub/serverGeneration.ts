/** Features of a server, depending on its version. Source: docs/protocols/juliahub.md, 1.7 and 12.3. */
export interface ServerGeneration {
  /**
   * Products with their own images; false up to JuliaHub 6.1, which supports neither jobs without a limit nor
   * system images.
   */
  readonly hasProducts: boolean;
  /** Projects; false up to JuliaHub 6.8. */
  readonly hasProjects: boolean;
}

/**
 * The features of a server by the version of its API: `0.2.0`, or `0.0.0-legacy` for a server without one.
 */
export const toServerGeneration = (apiVersion: string): ServerGeneration => ({
  hasProducts: isVersionAtLeast(apiVersion, [0, 0, 1]),
  hasProjects: isVersionAtLeast(apiVersion, [0, 2, 0]),
});

/** Missing parts are zero; `0.2.0-dev` is before `0.2.0`. Source: Julia `base/version.jl`. */
function isVersionAtLeast(version: string, least: readonly [number, number, number]): boolean {
  const [numbers = '', ...rest] = version.split(/(?=[-+])/);
  const parts = numbers.split('.').map(Number);
  for (const [at, wanted] of least.entries()) {
    const part = parts[at] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return !rest.some((text) => text.startsWith('-'));
}
