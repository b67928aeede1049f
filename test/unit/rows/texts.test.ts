import assert from 'node:assert/strict';
import { bundleListing, planText, ruleText } from '../../../src/core/presentation/bundleListing.js';
import { endLine } from '../../../src/core/logs/endLine.js';
import type { LogEvent } from '../../../src/core/domain/log.js';
import { fileName, gapText, logText } from '../../../src/core/logs/logText.js';
import { plainSay } from '../../../src/lib/say.js';
import { looksSecret } from '../../../src/lib/secretNames.js';
import { planOf } from '../../fakes/commandPorts.js';
import { before, completed, failed, jobOf, lineEvents, noon, stopped } from '../../fakes/jobs.js';
import { toBatches } from '../../../src/core/domain/logBatches.js';

describe('bundleListing', () => {
  const plan = planOf(
    '/home/ada/fit',
    { 'main.jl': 300, 'data/b.csv': 1024, 'data/a.csv': 4096, '.env': 10 },
    { 'data/raw/': 'data/raw', 'notes.txt': '*.txt' },
    ['data/link leads nowhere.'],
  );

  it('is a text whose folders and files come largest first, and that names each rule', () => {
    assert.equal(
      bundleListing(plan, plainSay),
      [
        'Bundle of /home/ada/fit',
        '4 files, 5.3 KiB (2 paths stay behind)',
        '',
        'Warnings',
        '  data/link leads nowhere.',
        '  .env looks like it holds secrets and will be sent.',
        '',
        'Included, largest first',
        '  data/  2 files, 5.0 KiB',
        '       4.0 KiB  data/a.csv',
        '       1.0 KiB  data/b.csv',
        '  ./  2 files, 310 B',
        '         300 B  main.jl',
        '          10 B  .env',
        '',
        'Stays behind',
        '  data/raw/  excluded by data/raw (.juliabundleignore:1)',
        '  notes.txt  excluded by *.txt (.juliabundleignore:2)',
        '',
      ].join('\n'),
    );
  });

  it('says so where nothing goes or nothing stays', () => {
    const text = bundleListing(planOf('/a', {}), plainSay);
    assert.equal(text.match(/^ {2}nothing$/gm)?.length, 2);
    assert.equal(planText(planOf('/a', { b: 1 }), plainSay), '1 file, 1 B');
  });

  it('keeps each path on its line', () => {
    const text = bundleListing(planOf('/a', { 'x\ny.jl': 1 }, { 'p\u202eq': 'p\nq' }), plainSay);
    assert.match(text, /x␣y\.jl/);
    assert.match(text, /p␣q +excluded by p␣q/);
  });

  it('says of what is left out always that no rule did it', () => {
    assert.equal(
      ruleText({ path: '.git', type: 'directory', bytes: 0, included: false }, plainSay),
      'excluded always',
    );
  });
});

describe('looksSecret', () => {
  const secret = [
    '.env',
    'a/.env.local',
    'server.PEM',
    'id_rsa',
    'id_ed25519_work',
    'auth.toml',
    '.netrc',
    'api_token.txt',
    'my-secrets.json',
    'passwd',
    'db.password',
    '.npmrc',
    'x/credentials',
  ];
  const open = [
    'id_rsa.pub',
    '.env.example',
    'token.example',
    'tokenizer.py',
    'keyboard.jl',
    'secretary.txt',
    'environment.yml',
    'main.jl',
    'secrets/readme.md',
    'passwords.template',
  ];
  for (const path of secret) {
    it(`flags ${path}`, () => {
      assert.ok(looksSecret(path));
    });
  }
  for (const path of open) {
    it(`lets ${path} pass`, () => {
      assert.ok(!looksSecret(path));
    });
  }
});

describe('logText', () => {
  const textOf = async (...events: readonly LogEvent[]): Promise<string> => {
    const given = async function* (): AsyncGenerator<LogEvent> {
      await Promise.resolve();
      yield* events;
    };
    let text = '';
    for await (const part of logText(toBatches(given()), plainSay)) text += part;
    return text;
  };

  it('writes each line once, and a last one without end as it is', async () => {
    const half: LogEvent = { kind: 'partial', text: 'ha' };
    assert.equal(await textOf(half, ...lineEvents('half', 'two'), half), 'half\ntwo\nha');
  });

  it('writes no terminal codes, also of levels, of codes over pieces, and of a line without end', async () => {
    const open: LogEvent = { kind: 'line', text: 'a\u001b]8;;http', open: true, next: '1' };
    const text = await textOf(
      ...lineEvents('text\r\u001b[0m', '\u001b[38:2::1:2:3mred\u009b0m'),
      open,
      ...lineEvents('s://x\u0007b'),
      { kind: 'line', text: '\u001b]0;open', level: '\u001b[1minfo', fields: { a: 'b\u0007' }, next: '2' },
      { kind: 'partial', text: 'half\u001b[3' },
    );
    assert.equal(text, 'text\nred\nab\ninfo  a=b\nhalf');
  });

  it('joins the pieces of a long line', async () => {
    const open: LogEvent = { kind: 'line', text: 'a', open: true, next: '1' };
    assert.equal(await textOf(open, open, ...lineEvents('b')), 'aab\n');
  });

  it('marks what is missing with lines of ours', async () => {
    const gap: LogEvent = { kind: 'gap', cause: 'lost', lines: 1204, why: 'the connection dropped' };
    const text = await textOf(...lineEvents('a'), gap, ...lineEvents('b'));
    assert.equal(text, 'a\n── 1,204 lines not received: the connection dropped ──\nb\n');
  });

  it('says how much is missing as well as it is known', () => {
    assert.match(gapText({ kind: 'gap', cause: 'lost', bytes: 2048 }, plainSay), /2\.0 KiB not received/);
    assert.match(gapText({ kind: 'gap', cause: 'lost' }, plainSay), /some of the log not received/);
    assert.match(
      gapText({ kind: 'gap', cause: 'skipped', bytes: 2048 }, plainSay),
      /2\.0 KiB of earlier log/,
    );
  });
});

describe('fileName', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['fit.jl', 'fit.jl'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['..', '_'],
    ['.hidden', '_hidden'],
    ['a\n\u0000b', 'a__b'],
    ['  ', '_'],
    ['', '_'],
    ['実験 😀', '実験 😀'],
    ['ends. ', 'ends'],
    ['half \ud83d of a character', 'half \ufffd of a character'],
    ['\udc00', '\ufffd'],
    ['fit\u202egpj.exe', 'fit\u2423gpj.exe'],
  ];
  for (const [name, clean] of cases) {
    it(`makes ${JSON.stringify(name)} a name for every system`, () => {
      assert.equal(fileName(name), clean);
      assert.doesNotThrow(() => encodeURIComponent(clean), 'it can stand in an address');
    });
  }

  it('cuts a long name, never within a character', () => {
    assert.equal([...fileName('😀'.repeat(300))].length <= 120, true);
    assert.ok(Buffer.byteLength(fileName('😀'.repeat(300))) <= 240);
  });
});

describe('endLine', () => {
  const line = (job: Parameters<typeof jobOf>[0]): string => endLine(jobOf(job), noon, plainSay);
  const ran = { started: before(4200), ended: before(1000) };

  it('says how the job ended, how long it ran, and its exit', () => {
    assert.equal(line({ state: completed, ...ran, exit: { code: 0 } }), '── Completed in 3.2 s (exit 0) ──');
    assert.equal(line({ state: stopped }), '── Stopped ──');
  });

  it('says a reason once', () => {
    assert.equal(line({ state: failed, exit: { code: 1 }, reason: 'exit 1' }), '── Failed (exit 1) ──');
    assert.equal(
      line({ state: failed, exit: { signal: 'SIGKILL' }, reason: 'out of memory' }),
      '── Failed (signal SIGKILL, out of memory) ──',
    );
  });
});
