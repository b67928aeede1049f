import assert from 'node:assert/strict';
import { isSecretFileName } from '../../../src/lib/secretNames.js';

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
      assert.ok(isSecretFileName(path));
    });
  }
  for (const path of open) {
    it(`accepts ${path}`, () => {
      assert.ok(!isSecretFileName(path));
    });
  }
});
