import assert from 'node:assert/strict';
import { getOptionValue, parseDirectives } from '../../../../src/backends/slurm/directives.js';
import { normalizeScript } from '../../../../src/backends/scheduler/submit/batchFile.js';
import { hostileName, random } from './recorded.js';

const read = (...lines: readonly string[]): readonly (readonly [string, string | undefined, number])[] =>
  parseDirectives(lines.join('\n')).options.map(({ name, value, line }) => [name, value, line] as const);

describe('the options of a script', () => {
  it('are in lines that start with #SBATCH, before the first command', () => {
    const options = read(
      ...[
        '#!/bin/bash',
        '#SBATCH --time=10',
        '',
        '# a comment',
        '  # another',
        '#SBATCH -p debug',
        'echo hi',
      ],
      '#SBATCH --mem=4G',
    );
    assert.deepEqual(options, [
      ['time', '10', 2],
      ['partition', 'debug', 6],
    ]);
  });

  it('are ignored if the line starts differently', () => {
    assert.deepEqual(
      read('#!/bin/sh', '##SBATCH -t 1', ' #SBATCH -t 2', '#sbatch -t 3', '# SBATCH -t 4'),
      [],
    );
  });

  it('can be several on a line, short or long, with or without a space', () => {
    assert.deepEqual(read('#SBATCH -n4 -c 2 --mem 4G --gres=gpu:1\t-J fit --requeue -H'), [
      ['ntasks', '4', 1],
      ['cpus-per-task', '2', 1],
      ['mem', '4G', 1],
      ['gres', 'gpu:1', 1],
      ['job-name', 'fit', 1],
      ['requeue', undefined, 1],
      ['hold', undefined, 1],
    ]);
  });

  it('can be quoted, escaped and followed by a comment', () => {
    assert.deepEqual(
      read(
        `#SBATCH --job-name="my fit" --comment='a "b" #c' # why`,
        '#SBATCH -o out\\#put.txt --constraint="a&b" --account=x#y',
        `#SBATCH -J "it's" --wckey=""`,
      ),
      [
        ['job-name', 'my fit', 1],
        ['comment', 'a "b" #c', 1],
        ['output', 'out#put.txt', 2],
        ['constraint', 'a&b', 2],
        ['account', 'x', 2],
        ['job-name', "it's", 3],
        ['wckey', '', 3],
      ],
    );
  });

  // Source: observed with sbatch -vvv of 22.05.
  for (const [line, name, output] of [
    ['-J a\\ -o b', 'a', 'b'],
    ['-o q\\ -Jx', 'x', 'q'],
    ['-J "a\\ b" -o c', 'a b', 'c'],
    ['-J a -o b\\', 'a', 'b'],
    ['-J a\\\\ -o b', 'a\\', 'b'],
    ['-J "a\u00a0b" -o c', 'a\u00a0b', 'c'],
    ['-J a\u00a0-Jx -o c', 'a\u00a0-Jx', 'c'],
    ['-J a\u2003b\v-o\fc', 'a\u2003b', 'c'],
  ] as const)
    it(`are split like sbatch splits them: ${JSON.stringify(line)}`, () => {
      const { options } = parseDirectives(`#!/bin/sh\n#SBATCH ${line}\n`);
      assert.deepEqual(
        ['job-name', 'output'].map((one) => options.find((option) => option.name === one)?.value),
        [name, output],
      );
    });

  it('end at a line that only looks empty', () => {
    for (const odd of ['\u00a0', '\u2028', '\u3000#'])
      assert.deepEqual(read('#!/bin/sh', '#SBATCH -t 1', odd, '#SBATCH -o x'), [['time', '1', 2]]);
    assert.equal(read('#!/bin/sh', ' \t\v\f', '#SBATCH -o x').length, 1);
  });

  it('can be combined short ones, abbreviated, or unknown', () => {
    assert.deepEqual(
      read('#SBATCH -HQn4 --part=debug --job=x --new-thing=7 --newer word', '#SBATCH --exclusive -k'),
      [
        ['hold', undefined, 1],
        ['quiet', undefined, 1],
        ['ntasks', '4', 1],
        ['partition', 'debug', 1],
        ['job-name', 'x', 1],
        ['new-thing', '7', 1],
        ['newer', undefined, 1],
        ['exclusive', undefined, 2],
        ['no-kill', undefined, 2],
      ],
    );
  });

  it('are the last of their name, and found by the long name', () => {
    const directives = parseDirectives('#!/bin/sh\n#SBATCH -o a.out --requeue\n#SBATCH --output=b.out\n');
    assert.equal(getOptionValue(directives, 'output'), 'b.out');
    assert.equal(getOptionValue(directives, 'requeue'), '');
    assert.equal(getOptionValue(directives, 'error'), undefined);
  });

  it('are those of the first component of a heterogeneous job', () => {
    const directives = parseDirectives('#!/bin/sh\n#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n8\n');
    assert.deepEqual([directives.isHet, getOptionValue(directives, 'ntasks')], [true, '1']);
    assert.deepEqual(
      directives.everywhere.map(({ value }) => value),
      ['1', '8'],
    );
    assert.equal(parseDirectives('#SBATCH -n1').isHet, false);
  });

  it('can be PBS options, which apply after the others unless the script ignores them', () => {
    const pbs = '#PBS -N pbs -o out.txt\n#PBS -l nodes=1,walltime=00:20:00 -qlong\n#PBS -j oe\n';
    const read = (more: string): readonly (string | undefined)[] => {
      const directives = parseDirectives(`#!/bin/sh\n${pbs}#SBATCH -J own ${more}\ntrue\n#PBS -N late\n`);
      return ['job-name', 'output', 'time', 'partition'].map((name) => getOptionValue(directives, name));
    };
    assert.deepEqual(read(''), ['pbs', 'out.txt', '00:20:00', 'long']);
    assert.deepEqual(read('--ignore-pbs'), ['own', undefined, undefined, undefined]);
  });

  it('are parsed in a Windows file, and an unclosed quote is reported', () => {
    assert.deepEqual(parseDirectives('\uFEFF#!/bin/sh\r\n#SBATCH -p debug\r\necho\r\n'), {
      options: [{ name: 'partition', value: 'debug', line: 2 }],
      everywhere: [{ name: 'partition', value: 'debug', line: 2 }],
      isHet: false,
      unclosed: undefined,
    });
    assert.equal(parseDirectives('#!/bin/sh\n#SBATCH -J "a b\n').unclosed, 2);
  });

  it('do not fail to parse, regardless of their content', () => {
    const below = random(17);
    for (let round = 0; round < 500; round++) {
      const name = hostileName(below);
      const { options } = parseDirectives(`#SBATCH ${name}\n#SBATCH --comment=${name}\n#SBATCH -J ok`);
      assert.ok(options.every(({ line }) => line >= 1));
    }
    assert.deepEqual(read(), []);
    assert.deepEqual(read('#SBATCH', '#SBATCH -', '#SBATCH --', '#SBATCH -n 3'), []);
  });
});

describe('a script as it is submitted', () => {
  const how = { fallbackShell: '/bin/bash' };

  it('is unchanged if sbatch accepts it', () => {
    for (const text of ['#!/bin/sh\necho hi\n', '#!/bin/sh', '#!/bin/sh\nprintf "a\rb"\n'])
      assert.deepEqual(normalizeScript(text, how), { text, notes: [] });
  });

  it('has Unix line endings, no byte order mark, and an interpreter', () => {
    assert.deepEqual(normalizeScript('\uFEFF#!/bin/sh\r\necho hi\r\n', how), {
      text: '#!/bin/sh\necho hi\n',
      notes: ['bom', 'crlf'],
    });
    assert.deepEqual(normalizeScript('#SBATCH -n1\necho hi\n', how), {
      text: '#!/bin/bash\n#SBATCH -n1\necho hi\n',
      notes: ['shebang'],
    });
  });

  it('keeps its own interpreter if only empty lines precede it', () => {
    assert.deepEqual(normalizeScript('\r\n \r\n#!/usr/bin/env python3\r\nprint(1)\r\n', how), {
      text: '#!/usr/bin/env python3\nprint(1)\n',
      notes: ['crlf', 'shebang'],
    });
  });

  it('has the same requests as before', () => {
    const script = '#SBATCH -p debug\r\n#SBATCH -t 5\r\nhostname\r\n';
    const before = parseDirectives(script).options.map(({ name, value }) => [name, value]);
    const after = parseDirectives(normalizeScript(script, how).text).options.map(({ name, value }) => [
      name,
      value,
    ]);
    assert.deepEqual(after, before);
  });
});
