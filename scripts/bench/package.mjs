// What is downloaded when the extension is installed.
import { statSync } from 'node:fs';
import { packExtension } from '../package.mjs';
import { within } from './frame.mjs';

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows({ say }) {
  say('packing, which also checks what is inside …');
  yield within('package: the .vsix', statSync(await packExtension()).size / 1024, 400, 'KiB');
}
