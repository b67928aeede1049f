// A JuliaHub test server, and a depot whose user is signed in to it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getServerDirectory } from '../../src/backends/juliahub/serverUrl.js';
import { startJuliaHub } from '../../test/doubles/juliahub/double.js';

const [, , depot = ''] = process.argv;

void startJuliaHub({ julia: false }).then(async (double) => {
  const folder = join(depot, 'servers', getServerDirectory(double.url));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'auth.toml'), double.authToml());
  process.send?.(double.url);
  process.once('disconnect', () => {
    void double.end().then(() => process.exit());
  });
});
