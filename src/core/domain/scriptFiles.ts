/** File extensions of scripts that a bundle can run. */
export const knownScriptExtensions = ['.jl', '.py', '.R', '.sh', '.js', '.mjs'] as const;

/** True for a file name with one of {@link knownScriptExtensions}, in upper or lower case. */
export function isScriptName(name: string): boolean {
  const lower = name.toLowerCase();
  return knownScriptExtensions.some((extension) => lower.endsWith(extension.toLowerCase()));
}
