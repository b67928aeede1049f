import assert from 'node:assert/strict';
import { parseDirectives, removeWait } from '../../../../../src/backends/slurm/directives.js';
import { createSlurmBatchFile } from '../../../../../src/backends/slurm/batchFile.js';

const removed = (...lines: readonly string[]): string =>
  removeWait(['#!/bin/sh', ...lines, 'true', ''].join('\n'))
    .text.split('\n')
    .slice(1, -2)
    .join('\n');

describe('a script that makes its submission wait', () => {
  for (const [line, left] of [
    ['#SBATCH --wait', '#SBATCH '],
    ['#SBATCH -W', '#SBATCH '],
    ['#SBATCH "--wait"', '#SBATCH '],
    ['#SBATCH -n 4 --wait -p debug # why', '#SBATCH -n 4  -p debug # why'],
    ['#SBATCH -HW', '#SBATCH -H'],
    ['#SBATCH -WHn4', '#SBATCH -Hn4'],
    ['#SBATCH -WJ"a b"', '#SBATCH "-Ja b"'],
    ['#SBATCH -W -W', '#SBATCH  '],
    ['#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -W', '#SBATCH -n1\n#SBATCH hetjob\n#SBATCH '],
  ] as const)
    it(`is sent without the option: ${JSON.stringify(line)}`, () => {
      assert.equal(removed(line), left);
      const { everywhere } = parseDirectives(removeWait(`#!/bin/sh\n${line}\ntrue\n`).text);
      assert.ok(everywhere.every(({ name }) => name !== 'wait'));
    });

  for (const line of [
    '#SBATCH -J W',
    '#SBATCH -JW',
    '#SBATCH --job-name --wait',
    '#SBATCH --job-name\n#SBATCH --wait',
    '#SBATCH --comment="--wait"',
    '#SBATCH --wait-all-nodes=1',
    '#SBATCH -- --wait',
    '##SBATCH --wait',
    ' #SBATCH --wait',
    '#SBATCH -n1 # --wait',
  ])
    it(`is not a script that only mentions the option: ${JSON.stringify(line)}`, () => {
      const script = `#!/bin/sh\n${line}\ntrue\n#SBATCH --wait\n`;
      assert.deepEqual(removeWait(script), { text: script, isChanged: false });
    });

  it('is detected in any language', () => {
    for (const [name, text] of [
      ['a.sh', '#!/bin/sh\r\n#SBATCH --wait\r\ntrue\r\n'],
      ['a.py', '#SBATCH -W\nprint(1)\n'],
    ] as const) {
      const { text: sent, notes, directives } = createSlurmBatchFile({ name, text }, name, '');
      assert.doesNotMatch(sent, /--wait|-W/);
      assert.match(notes.join(), /--wait removed/);
      assert.deepEqual(directives.options, []);
    }
  });
});
