// Shows the extension at work without anybody at the mouse: prepares what is needed, then runs scripts/demo/run.ts.
import { setupServer } from '../test/editor/setup.mjs';
import { ensureChromium } from './chromium.mjs';
import { packExtension } from './package.mjs';
import { node, program } from './run.mjs';

void program(async () => {
  await packExtension();
  await setupServer();
  await ensureChromium();
  return (await node(['--import', 'tsx', 'scripts/demo/run.ts'])).code;
});
