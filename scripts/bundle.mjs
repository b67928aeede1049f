// npm run bundle -- FOLDER --list | --out FILE: installs the packages if needed, then runs bundleCommand.ts
// in the caller's folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './prepare.mjs';

console.log = console.error; // standard output is reserved for the command's own lines

await ensurePackages();
const command = fileURLToPath(new URL('bundleCommand.ts', import.meta.url));
const args = ['--import', import.meta.resolve('tsx'), command, ...process.argv.slice(2)];
const isRunByNpm = process.env['npm_lifecycle_event'] === 'bundle'; // npm changes the working directory
const cwd = (isRunByNpm && process.env['INIT_CWD']) || process.cwd();
const child = spawn(process.execPath, args, { cwd, stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => child.kill(signal));
}
const [code] = await once(child, 'close');
process.exitCode = code ?? 2;
