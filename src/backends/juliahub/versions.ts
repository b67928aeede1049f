/** What a server can do by its age. Source: docs/protocols/juliahub.md, 1.7 and 12.3. */
export interface Age {
  /** Products with images of their own; false: up to JuliaHub 6.1, which has neither jobs without a limit nor system images. */
  readonly hasProducts: boolean;
  /** Projects; false: up to JuliaHub 6.8. */
  readonly hasProjects: boolean;
}

/** What a server can do whose API has this version: `0.2.0`, or `0.0.0-legacy` for a server without one. */
export const ageOf = (apiVersion: string): Age => ({
  hasProducts: isAtLeast(apiVersion, [0, 0, 1]),
  hasProjects: isAtLeast(apiVersion, [0, 2, 0]),
});

/** Parts that are left out are zero; `0.2.0-dev` comes before `0.2.0`. Source: Julia `base/version.jl`. */
function isAtLeast(version: string, least: readonly [number, number, number]): boolean {
  const [numbers = '', ...rest] = version.split(/(?=[-+])/);
  const parts = numbers.split('.').map(Number);
  for (const [at, wanted] of least.entries()) {
    const part = parts[at] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return !rest.some((text) => text.startsWith('-'));
}
