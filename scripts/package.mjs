// Builds the extension, packages it as batch-jobs-<version>.vsix, and checks its contents.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { checkVsix } from './checkVsix.mjs';
import { bundledPackages, noticesText } from './notices.mjs';
import { ensurePackages } from './prepare.mjs';
import { node, program, root, Stop, tool } from './run.mjs';

/**
 * Path of the packaged extension, whether or not it exists.
 *
 * @returns {string} an absolute path
 */
export function vsixPath() {
  const { name, version } = /** @type {{ name: string, version: string }} */ (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  );
  return join(root, `${name}-${version}.vsix`);
}

/**
 * Builds and packages the extension, and rejects a package with unexpected contents.
 *
 * @returns {Promise<string>} path of the .vsix
 */
export async function packExtension() {
  await ensurePackages();
  const packages = bundledPackages(await build());
  writeFileSync(join(root, 'dist', 'THIRD_PARTY_NOTICES.txt'), noticesText(packages));
  const vsix = vsixPath();
  const args = ['package', '--no-dependencies', '--out', vsix];
  const { code, text } = await node([tool('@vscode/vsce/vsce'), ...args], { quiet: true });
  if (code !== 0 || !existsSync(vsix)) throw new Stop(`The extension could not be packaged:\n${text.trim()}`);
  await checkVsix(vsix, packages);
  return vsix;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    console.log(await packExtension());
    return 0;
  });
}
