// Runs the Slurm contract tests on versions other than Debian's current one: npm run test:slurm-versions [--
// 26.05]
import { sideVersions } from '../test/engines/sideRoot.mjs';
import { node, program, tool } from './run.mjs';

void program(async () => {
  const asked = process.argv.slice(2);
  const versions = asked.length > 0 ? asked : sideVersions.filter((version) => version !== '20.11');
  let failed = 0;
  for (const version of versions) {
    console.log(`\n== Slurm ${version}`);
    const env = { ...process.env, BATCH_JOBS_SLURM_VERSION: version };
    const { code } = await node([tool('mocha/bin/mocha.js'), '--fail-zero', 'test/contract/slurm*.test.ts'], {
      env,
    });
    if (code !== 0) failed++;
  }
  return failed;
});
