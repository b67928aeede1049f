// The size of the download, and the programs that run when the extension is installed.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from '../checkVsix.mjs';
import { packExtension } from '../package.mjs';
import { root } from '../run.mjs';
import { within } from './frame.mjs';

/** Every file is read and checked when the extension is installed. */
const maxPrograms = 90;

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows({ say }) {
  say('packaging the extension and checking its contents …');
  const vsix = await packExtension();
  yield within('package: the .vsix', statSync(vsix).size / 1024, 520, 'KiB');
  const programs = (await filesOf(vsix)).filter((name) => /\.([cm]?js|node|wasm)$/.test(name));
  yield within('package: program files', programs.length, maxPrograms, 'files');
  const { scripts } = /** @type {{ scripts: Readonly<Record<string, string>> }} */ (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  );
  const atInstallation = Object.keys(scripts).filter((name) => /install|^prepare$/.test(name));
  yield within('package: scripts run at installation', atInstallation.length, 0, 'scripts');
}
