import assert from 'node:assert/strict';
import {
  getDefaultServer,
  isSafeServerUrl,
  parseServer,
  getServerDirectory,
  validateServer,
} from '../../../../src/backends/juliahub/serverUrl.js';

const strict = { allowHttpLoopback: false };
const test = { allowHttpLoopback: true };

describe('the address of a JuliaHub server', () => {
  const read: readonly (readonly [typed: string, url: string])[] = [
    ['juliahub.com', 'https://juliahub.com'],
    ['  https://juliahub.com//  ', 'https://juliahub.com'],
    ['HTTPS://Example.ORG', 'https://example.org'],
    ['example.org:8443/some/prefix/', 'https://example.org:8443/some/prefix'],
    ['https://example.org:443', 'https://example.org'],
    ['acme', 'https://acme.juliahub.com'],
    ['acme/prefix', 'https://acme.juliahub.com/prefix'],
    ['juliahub', 'https://juliahub.com'],
    ['localhost', 'https://localhost'],
    ['server:8443', 'https://server:8443'],
    ['https://server', 'https://server'],
    ['[::1]:8000', 'https://[::1]:8000'],
  ];
  for (const [typed, url] of read)
    it(`parses ${JSON.stringify(typed)} as ${url}`, () => {
      assert.deepEqual(parseServer(typed, strict), { url });
      assert.equal(validateServer(typed, strict), undefined);
    });

  const wrong: readonly (readonly [typed: string, why: string])[] = [
    ['   ', 'empty'],
    ['https://', 'notAnAddress'],
    ['two words', 'notAnAddress'],
    ['example.org\\x', 'notAnAddress'],
    ['https:example.org', 'notAnAddress'],
    ['ftp://example.org', 'scheme'],
    ['http://example.org', 'plainHttp'],
    ['http://localhost:8000', 'plainHttp'],
    ['https://ada@example.org', 'userInfo'],
    ['https://@example.org', 'userInfo'],
    ['https://ada:pw@example.org', 'userInfo'],
    ['https://example.org?', 'query'],
    ['https://example.org/?a=b', 'query'],
    ['https://example.org#x', 'fragment'],
  ];
  for (const [typed, why] of wrong)
    it(`rejects ${JSON.stringify(typed)}: ${why}`, () => {
      assert.deepEqual(parseServer(typed, strict), { wrong: why });
      assert.match(validateServer(typed, strict) ?? '', /^[A-Z].*\.$/);
    });

  it('accepts plain HTTP only on this machine, and only if allowed', () => {
    assert.deepEqual(parseServer('http://127.0.0.1:8000/p/', test), { url: 'http://127.0.0.1:8000/p' });
    assert.deepEqual(parseServer('http://[::1]:8000', test), { url: 'http://[::1]:8000' });
    assert.deepEqual(parseServer('http://example.org', test), { wrong: 'plainHttp' });
    assert.deepEqual(parseServer('http://127.0.0.1.example.org', test), { wrong: 'plainHttp' });
    assert.equal(isSafeServerUrl('http://localhost/x', test), true);
    assert.equal(isSafeServerUrl('http://localhost/x', strict), false);
    assert.equal(isSafeServerUrl('javascript:alert(1)', test), false);
  });

  it('has a depot folder with the name of its host, and its port if not the default', () => {
    assert.equal(getServerDirectory('https://juliahub.com'), 'juliahub.com');
    assert.equal(getServerDirectory('https://example.org/prefix'), 'example.org');
    assert.equal(getServerDirectory('http://localhost:8888'), 'localhost_8888');
  });

  it('defaults to that of the Julia extension, of the environment, or the public one', () => {
    const env = { JULIA_PKG_SERVER: 'env.example.org/' };
    assert.equal(getDefaultServer(env, 'https://set.example.org'), 'https://set.example.org');
    assert.equal(getDefaultServer(env, ''), 'https://env.example.org');
    assert.equal(getDefaultServer(env, undefined), 'https://env.example.org');
    assert.equal(getDefaultServer({}, undefined), 'https://juliahub.com');
  });

  it('does not default to a package server or an invalid address', () => {
    assert.equal(
      getDefaultServer({ JULIA_PKG_SERVER: 'https://eu-central.pkg.julialang.org' }, undefined),
      'https://juliahub.com',
    );
    assert.equal(
      getDefaultServer({ JULIA_PKG_SERVER: 'https://env.example.org' }, 'https://pkg.julialang.org'),
      'https://env.example.org',
    );
    assert.equal(getDefaultServer({ JULIA_PKG_SERVER: 'a b' }, 'http://x.example'), 'https://juliahub.com');
  });
});
