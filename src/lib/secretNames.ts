/** Names of files that often contain secrets: environment and credential files, private keys, tokens. */
const secretNamePatterns: readonly RegExp[] = [
  /^\.env(\..+)?$/i,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx)$/i,
  /^id_(rsa|dsa|ecdsa|ed25519)(_.+)?$/i,
  /(^|[._-])(token|tokens|secret|secrets|password|passwords|passwd|credential|credentials)([._-]|$)/i,
  /^(auth\.toml|\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd)$/i,
];

/** True if a file's name suggests that it contains secrets; public keys and examples do not. */
export function isSecretFileName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/\.(pub|example|sample|template)$/i.test(name)) return false;
  return secretNamePatterns.some((pattern) => pattern.test(name));
}
