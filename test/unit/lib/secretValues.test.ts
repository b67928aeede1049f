import assert from 'node:assert/strict';
import { hasSecret, isSecretName, omitSecretValues } from '../../../src/lib/secretValues.js';
import { startStopwatch } from '../../fakes/stopwatch.js';

describe('isSecretName', () => {
  const secret = [
    ...[
      'API_TOKEN',
      'token',
      'GITHUB_TOKEN',
      'githubToken',
      'HF_TOKEN',
      'MYTOKEN',
      'access_token',
      'refresh-token',
    ],
    ...[
      'password',
      'PGPASSWORD',
      'MYSQL_PWD',
      'DB_PASS',
      'dbPassword',
      'sudo-pass',
      'passphrase',
      'KEY_PASSPHRASE',
    ],
    ...[
      'AWS_SECRET_ACCESS_KEY',
      'AWS_ACCESS_KEY_ID',
      'SECRET',
      'client_secret',
      'clientSecret',
      'OPENAI_API_KEY',
    ],
    ...[
      'apikey',
      'apiKey',
      'API_KEY2',
      'SSH_PRIVATE_KEY',
      'privateKey',
      'LICENSE_KEY',
      'WANDB_API_KEY',
      'key',
    ],
    ...[
      'credentials',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'AUTH',
      'HTTP_AUTHORIZATION',
      'COOKIE',
      'SENTRY_DSN',
      'GH_PAT',
      'MONKEY_PASSWORD',
      'KEYBOARD_TOKEN',
    ],
  ];
  for (const name of secret)
    it(`returns true for ${name}`, () => {
      assert.equal(isSecretName(name), true);
    });

  const plain = [
    ...['n', 'STEPS', 'PATH', 'OMP_NUM_THREADS', 'MAX_TOKENS', 'max-new-tokens', 'num_tokens', 'token-limit'],
    ...[
      'TOKENIZER',
      'tokenizer_name',
      'SSH_AUTH_SOCK',
      'KEYBOARD',
      'monkey',
      'passes',
      'compass',
      'author',
      'sort-key',
    ],
    ...[
      'JULIA_PROJECT',
      'bypass',
      'secretary'.slice(0, 3),
      'pinned',
      'sigma',
      'design',
      'output',
      'HOTKEY'.slice(0, 3),
    ],
  ];
  for (const name of plain)
    it(`returns false for ${name}`, () => {
      assert.equal(isSecretName(name), false);
    });
});

describe('withoutSecretValues', () => {
  const value = 'hunter2-Zx9';
  const cases: readonly (readonly [args: readonly string[], kept: readonly string[]])[] = [
    [['--token', value, 'data.csv'], ['data.csv']],
    [[`--token=${value}`, 'data.csv'], ['data.csv']],
    [['-token', value], []],
    [[`-password:${value}`], []],
    [[`/password:${value}`, 'x'], ['x']],
    [['--password', `-${value}`, 'x'], ['x']],
    [[`password=${value}`, 'n=1'], ['n=1']],
    [['-e', `API_TOKEN=${value}`], ['-e']],
    [[`--export=ALL,DB_PASSWORD=${value}`], []],
    [
      ['--api-key', value, '--steps', '10'],
      ['--steps', '10'],
    ],
    [['--client_secret', value], []],
    [['-u', `ada:${value}`, 'https://example.org'], ['https://example.org']],
    [['--user', `ada:${value}`], []],
    [[`https://ada:${value}@example.org/data`], []],
    [[`--source=postgres://ada:${value}@db/x`], []],
    [[`https://example.org/data?access_token=${value}&n=1`], []],
    [[`https://x.blob.core/y?se=1&sig=${value}`], []],
    [['-H', `Authorization: Bearer ${value}`], ['-H']],
    [['-H', `X-Api-Key: ${value}`], ['-H']],
    [[`{"token": "${value}"}`], []],
    [[`{'password':'${value}'}`], []],
    [['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc'], []],
    [['ghp_0123456789abcdefghij'], []],
    [['-phunter2'], []],
    [['-phunter2secret'], []],
    [[`ada:${value}@db.example`], []],
    [[`-uada:${value}`], []],
    [[`--user=ada:${value}`], []],
    [[`https://${value.repeat(2)}@example.org/x`], []],
    [[`https://${value}:@example.org/x`], []],
    [
      ['--set', 'password', value, 'x'],
      ['--set', 'x'],
    ],
    [['token:', value], []],
    [['-c', `run --password ${value} all`], ['-c']],
    [['-c', `curl -u ada:${value} https://x`], ['-c']],
    [['-c', `mysql -p${value} db`], ['-c']],
    [[`--token=/${value}`], []],
    [[`--password==;${value}`], []],
    [[`--password[0]=${value}`], []],
    [[`{\\"token\\":\\"${value}\\"}`], []],
    [[`machine x login ada password ${value}`], []],
    [[`hvs.${value.repeat(3)}`], []],
    [['LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo='], []],
  ];
  for (const [args, kept] of cases)
    it(`keeps ${JSON.stringify(kept)} of ${JSON.stringify(args)}, and reports what it removed`, () => {
      const result = omitSecretValues(args, {});
      assert.deepEqual(result.args, kept);
      assert.equal(result.omitted.length, 1);
      assert.doesNotMatch(JSON.stringify(result), /hunter2|eyJ|ghp_/);
    });

  const harmless: readonly (readonly string[])[] = [
    ['input.csv', '--steps', '1000'],
    ['--tokenizer', 'bert', '--max-tokens=512', '--max_new_tokens', '20'],
    [
      '--verbose',
      '--title=a: b',
      'C:\\data\\x.csv',
      'https://example.org/a?n=1&m=2',
      'https://example.org:8080/',
    ],
    [
      'ada@example.org',
      'scp://ada@example.org/x',
      '2026-11-30T20:40:54',
      '-u',
      'ada',
      '--token',
      '--steps',
      '1',
    ],
    ['--token'],
    ['key', 'secret.txt', 'token'],
    ['-p8080', '-p', 'gpu', '-parallel', '-p/data', '-p0.05', '-u1000:1000', '--user=1000:1000'],
    ['img:1.2@sha256:abcd', 'mailto:ada@example.org', 'npm:left-pad@1.3.0', 'ssh://git@example.org/x'],
    ['-c', 'sort --key 2'.replace('key', 'k'), '12:30:00', 'a.b:c', 'x::y', 'A=B:C'],
  ];
  for (const args of harmless)
    it(`keeps ${args.join(' ')}`, () => {
      const { args: kept, omitted } = omitSecretValues(args, {});
      assert.deepEqual(kept, args);
      assert.deepEqual(omitted, []);
    });

  it('removes variables by their names and by their values', () => {
    const { env, omitted } = omitSecretValues([], {
      API_TOKEN: value,
      DATABASE_URL: `postgres://ada:${value}@db/x`,
      CURL_ARGS: `-H "Authorization: Bearer ${value}"`,
      EMPTY_TOKEN: '',
      n: '1000',
      TITLE: 'two words',
    });
    assert.deepEqual(env, { EMPTY_TOKEN: '', n: '1000', TITLE: 'two words' });
    assert.deepEqual(omitted, ['API_TOKEN', 'DATABASE_URL', 'CURL_ARGS']);
  });

  it('keeps variables of any name', () => {
    const env = Object.fromEntries([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
    assert.deepEqual(Object.entries(omitSecretValues([], env).env), Object.entries(env));
  });

  it('is fast for a long argument of any content', () => {
    const elapsedMs = startStopwatch();
    for (const piece of [
      'a',
      '=',
      ':',
      '?token',
      'a:',
      '://',
      'bearer ',
      '"',
      '- ',
      'eyJ',
      'x://a',
      '-----BEGIN ',
    ])
      hasSecret(piece.repeat(100_000 / piece.length));
    assert.ok(elapsedMs() < 2000, `${String(elapsedMs())} ms`);
  });
});
