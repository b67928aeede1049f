import { toWellFormed } from './sanitize.js';

/** Words in the name of a variable or option that indicate a secret. */
const secretWords = new Set(
  (
    'token secret secrets password passwords passwd passwort pwd pass passphrase passcode pw credential credentials ' +
    'cred creds apikey accesskey secretkey privatekey key auth authorization authentication bearer cookie cookies pat ' +
    'otp pin jwt dsn signature sig sas webhook session sessionid licence license kennwort mdp senha contrasena'
  ).split(' '),
);

/** The same as parts of a single word: `DBPASSWORD`, `githubtoken`, `MYAPIKEY`. */
const secretPartPattern =
  /token(?!iz)|secret|passw|passphrase|motdepasse|credential|api_?key|access_?key|private_?key|authoriz/i;

/** Names that look similar but have a number or a word as value: `MAX_TOKENS`, `--sort-key name`, `KeyError: 'lr'`. */
const harmlessNamePattern =
  /(?:^|[^a-z])(?:max|min|num|n|count|total)[^a-z]{0,4}(?:new)?[^a-z]{0,4}tokens?$|tokens?[^a-z]{0,4}(?:count|limit|length)$|tokeni[sz]e|(?:sort|primary|foreign|index|group|join|hot)[^a-z]?key$|^ssh_auth_sock$|keyboard|monkey|(?<![a-z])keyerror(?![a-z])/gi;

/**
 * Values that are secrets regardless of their name: keys and tokens in well-known formats, and URLs with a
 * password.
 */
const secretFormPatterns: readonly RegExp[] = [
  /[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/[^\s/?#@:]{0,200}:[^\s/?#@]{0,500}@/,
  // A token instead of a user.
  /https?:\/\/[^\s/?#@:]{16,500}@/i,
  // `ada:password@host`, not `image:tag@sha256:…`, `mailto:ada@host`, `npm:package@1.2.3`
  /(?<![A-Za-z0-9._/-])(?!(?:mailto|acct|sips?|npm|workspace):)[A-Za-z0-9._-]{1,64}:[^\s/@:]{1,200}@(?!sha(?:256|512):)[A-Za-z0-9]/,
  // `-uada:password` of curl, not `-u1000:1000`
  /(?<![^\s"'])(?:-[uU]\s{0,5}|--(?:proxy-)?user[=\s]\s{0,5})["']?(?!\d{1,10}:\d{1,10}(?!\S))[^\s:/"'-][^\s:/"']{0,64}:[^\s/]/,
  // `-pPASSWORD` of mysql and sshpass, not `-p8080`, `-parallel`, `-p/path`
  /(?<![^\s"'])-p(?=[^\s/\\=:,]{4})(?![a-z-]{1,100}(?!\S)|[\d.:e-]{1,100}(?!\S))[^\s/\\=:,]/,
  /\blogin\s{1,5}\S{1,200}\s{1,5}password\s{1,5}\S/i,
  /hooks\.slack\.com\/services\/|\bLS0tLS1CRUdJTi|\bAGE-SECRET-KEY-|\b\d{8,12}:AA[A-Za-z0-9_-]{30}|\bs\.[A-Za-z0-9]{24}(?![A-Za-z0-9])/,
  /[?&;](?:[A-Za-z0-9_.-]{0,40}(?:token|secret|signature|password|api_?key|access_?key|credential)[A-Za-z0-9_.-]{0,40}|sig|key|auth)=/i,
  /\beyJ[A-Za-z0-9_-]{8,400}\./,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|hf_|npm_|pypi-|dop_v1_|AKIA|ASIA|AIza|ya29\.|gsk_|r8_|shp(?:at|ss|ca|pa)_|lin_api_|dckr_pat_|tskey-|hv[sb]\.|SG\.|dapi(?=[0-9a-f]{32}))[A-Za-z0-9_-]{6,}/,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY/,
  /\b(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/i,
  /\b(?:authorization|x-api-key|x-auth-token|private-token|cookie)\s*:/i,
];

/** A short option of curl and other programs whose value is a user with a password. */
const userOptionPattern = /^(?:-u|--user|--proxy-user|-U)$/;

/** A word that precedes a secret even if it is not an option. */
const strongWordPattern = /^[A-Za-z0-9_.]{0,40}(?:password|passwd|passphrase|api_?key|credentials?)[=:]?$/i;

/** True if a variable or option with this name contains a secret: `API_TOKEN`, `--password`, `dbPassword`. */
export function isSecretName(name: string): boolean {
  // The rest of a name with a harmless part can indicate a secret: `MONKEY_PASSWORD`.
  const rest = name.replace(harmlessNamePattern, '');
  if (secretPartPattern.test(rest)) return true;
  return rest
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+|(?<!\d)\d+$/)
    .some((word) => secretWords.has(word));
}

/** The maximum length of a name before a value, in characters. */
const maxNameChars = 100;

/** True if a text contains a secret according to its format or its name: `--token=x`. */
export function hasSecret(text: string): boolean {
  if (secretFormPatterns.some((form) => form.test(text))) return true;
  // `-e API_TOKEN=x`, `--export=ALL,TOKEN=x`, `/password:x`, `{"token": "x"}`, also as JSON in JSON
  for (const { index } of text.matchAll(
    /\\{0,8}["']?\s{0,5}(?:=[=:;,/]{0,5}|:)\s{0,5}\\{0,8}["']?[^\s"',;=:/\\]/g,
  )) {
    const before = text.slice(Math.max(0, index - maxNameChars), index);
    const [, name = ''] = /(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]+)(?:\[[^\][]{0,20}\])?$/.exec(before) ?? [];
    if (isSecretName(name)) return true;
  }
  // `sh -c "run --password x"`
  for (const [, name = ''] of text.matchAll(/(?<=[\s"'])--?([A-Za-z][A-Za-z0-9_.-]{0,60})\s{1,5}[^\s-]/g))
    if (isSecretName(name)) return true;
  return false;
}

/** Arguments and variables that can be stored for the next submission. */
export interface StorableValues {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The names of omitted values: `API_TOKEN`, `--password`. */
  readonly omitted: readonly string[];
}

/** Removes arguments and variables that contain secrets; an option is removed together with its value. */
export function omitSecretValues(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): StorableValues {
  const omitted: string[] = [];
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const next = args[at + 1];
    const isNamed =
      /^(?:--?|\/)[A-Za-z]/.test(arg) && !/[=:]/.test(arg) && isSecretName(arg.replace(/^\W+/, ''));
    // `password x`, `token: x`, as in commands that set a value.
    const isWord =
      next !== undefined && (strongWordPattern.test(arg) || (/[=:]$/.test(arg) && isSecretName(arg)));
    const isUser = userOptionPattern.test(arg) && next?.includes(':') === true;
    const takesNext = (isNamed || isWord || isUser) && next !== undefined && !/^--[A-Za-z]/.test(next);
    if (takesNext) {
      omitted.push(arg);
      at++;
    } else if (hasSecret(arg)) omitted.push(getArgumentName(arg));
    else kept.push(arg);
  }
  const variables = Object.entries(env).filter(([name, value]) => {
    const isSecret = value !== '' && (isSecretName(name) || hasSecret(value));
    if (isSecret) omitted.push(name);
    return !isSecret;
  });
  // From entries, so that `__proto__` is an ordinary variable.
  return { args: kept, env: Object.fromEntries(variables), omitted: [...new Set(omitted)] };
}

/** The name before the value in `--password=x`; an ellipsis if the secret has no name. */
function getArgumentName(arg: string): string {
  const [, name = '…'] = /^([-/A-Za-z0-9_.]{1,60})[=:]/.exec(arg) ?? [];
  return hasSecret(name) ? '…' : toWellFormed(name);
}
