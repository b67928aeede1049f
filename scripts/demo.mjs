// Demonstrates the extension unattended: installs what is missing, then runs scripts/demo/run.ts; with
// --juliahub, scripts/demo/juliahub.ts; with --slurm, scripts/demo/slurm.ts.
import { parseArgs } from 'node:util';
import { setupServer } from '../test/editor/setup.mjs';
import { ensureChromium } from './chromium.mjs';
import { packExtension } from './package.mjs';
import { node, program } from './run.mjs';

void program(async () => {
  await packExtension();
  await setupServer();
  await ensureChromium();
  const { values } = parseArgs({ options: { juliahub: { type: 'boolean' }, slurm: { type: 'boolean' } } });
  const shown = values.juliahub ? 'juliahub' : values.slurm ? 'slurm' : 'run';
  return (await node(['--import', 'tsx', `scripts/demo/${shown}.ts`])).code;
});
