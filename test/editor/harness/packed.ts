import { existsSync } from 'node:fs';
import { vsixPath } from '../../../scripts/package.mjs';

/** The packed extension, as it ships, created by the programs that run these tests and not rebuilt here. */
export function packedExtension(): string {
  const vsix = vsixPath();
  if (!existsSync(vsix)) throw new Error('The extension is not packed yet: run "npm run package" first.');
  return vsix;
}
