import assert from 'node:assert/strict';
import { createSlurmBatchFile, formatDirectives } from '../../../../src/backends/slurm/batchFile.js';

const batch = (name: string, text: string, setup = '') =>
  createSlurmBatchFile({ name, text }, `/r/j/work/${name}`, setup);

describe('the script that sbatch runs', () => {
  it('is a shell script unchanged', () => {
    const text = '#!/bin/zsh\n#SBATCH -n 2\necho hi\n';
    for (const name of ['a.sh', 'job', 'a.slurm', 'a.sbatch'])
      assert.deepEqual({ ...batch(name, text), directives: 0 }, { text, directives: 0, notes: [] });
    assert.deepEqual(formatDirectives(batch('a.sh', text).directives), ['--ntasks=2']);
  });

  it('is a normalized script if sbatch would reject the original, which is reported', () => {
    const { text, notes, directives } = batch('a.sh', '\uFEFF#SBATCH -n 2\r\necho hi\r\n');
    assert.equal(text, '#!/bin/bash\n#SBATCH -n 2\necho hi\n');
    assert.equal(notes.length, 3);
    assert.deepEqual(formatDirectives(directives), ['--ntasks=2']);
  });

  it('is any script with #SBATCH lines unchanged, with any extension', () => {
    const text = '#!/usr/bin/env python3\n# a\n#SBATCH --time=5\nprint(1)\n';
    assert.equal(batch('a.py', text).text, text);
    assert.equal(batch('a.py', text.replaceAll('\n', '\r\n')).text, text);
    const odd = text.replace('# a', '# a\u2028');
    assert.equal(batch('a.py', odd).text, odd);
  });

  it('can have very many lines, or lines with very many words', () => {
    for (const rest of ['\n'.repeat(2_000_000), '#SBATCH -n 2\n'.repeat(100_000)])
      for (const name of ['a.py', 'a.sh']) assert.ok(batch(name, `#!/bin/sh\n${rest}`).text.length > 0);
    for (const line of ['#SBATCH', '#PBS']) {
      const text = `#!/bin/sh\n${line}${' -l walltime=1'.repeat(200_000)}\n`;
      assert.ok(batch('a.sh', text).directives.options.length > 1_000);
    }
  }).timeout(20_000);

  it('reports that commands before it are skipped if it runs unchanged', () => {
    assert.match(batch('a.sh', '#!/bin/sh\n', 'module load x').notes.join(), /ignored/);
    assert.deepEqual(batch('a.jl', '', 'module load x').notes, []);
  });

  it('runs a script in another language with its program, with its own #SBATCH lines', () => {
    const { text, directives } = batch(
      'fit.jl',
      '#SBATCH -n 2\n\n# about\n#SBATCH --mem=1G\nx = 1\n#SBATCH -n 9\n',
      'module load julia',
    );
    assert.ok(text.startsWith('#!/bin/bash -p\n#SBATCH -n 2\n#SBATCH --mem=1G\n# Reads your login'));
    assert.match(text, /\nmodule load julia\n/);
    assert.ok(text.endsWith(`\nexec julia "\${project[@]}" '/r/j/work/fit.jl' "$@"\n`));
    assert.ok(!text.includes('SBATCH -n 9'));
    assert.deepEqual(formatDirectives(directives), ['--ntasks=2', '--mem=1G']);
  });

  it('reports line numbers of the script in the editor', () => {
    assert.deepEqual(batch('a.py', '# x\r\n#SBATCH -n 2\r\n').directives.options[0]?.line, 2);
    assert.equal(batch('a.py', '\uFEFF#SBATCH --comment="x\nprint(1)\n').directives.unclosed, 1);
  });
});
