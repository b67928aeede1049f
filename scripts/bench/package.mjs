// What is downloaded when the extension is installed, and what is run then.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from '../checkVsix.mjs';
import { packExtension } from '../package.mjs';
import { root } from '../run.mjs';
import { within } from './frame.mjs';

/** Each is a file to read and to check when the extension is installed. */
const maxPrograms = 90;

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows({ say }) {
  say('packing, which also checks what is inside …');
  const vsix = await packExtension();
  yield within('package: the .vsix', statSync(vsix).size / 1024, 450, 'KiB');
  const programs = (await filesOf(vsix)).filter((name) => /\.([cm]?js|node|wasm)$/.test(name));
  yield within('package: files with programs', programs.length, maxPrograms, 'files');
  const { scripts } = /** @type {{ scripts: Readonly<Record<string, string>> }} */ (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  );
  const atInstallation = Object.keys(scripts).filter((name) => /install|^prepare$/.test(name));
  yield within('package: scripts run at installation', atInstallation.length, 0, 'scripts');
}
