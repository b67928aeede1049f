import { twinOf, defaultApps } from './catalog.js';
import type { Fields, Must } from './fields.js';
import { objectOf } from './http.js';

/** Source: docs/protocols/juliahub.md, 3.5. */
const ranges = [
  [1025, 9008],
  [9010, 23_399],
  [23_500, 32_767],
] as const;

/** Checks an exposed port, or the access to an application. Source: docs/protocols/juliahub.md, 3.4, 7.5. */
export function wrongPort({ has, at }: Fields, must: Must): void {
  if (!has('appArgs')) {
    must(!has('dns_prefix'), 'dns_prefix without a port', '7.5');
    return;
  }
  const { port, authentication, authorization, password, ...more } = objectOf(at('appArgs'));
  for (const name of Object.keys(more)) must(false, `appArgs with ${name}`, '7.5');
  must(typeof authentication === 'boolean', 'appArgs without authentication', '7.5');
  must(authorization === 'me' || authorization === 'anyone', 'appArgs without authorization', '7.5');
  must(authentication === true || authorization === 'anyone', 'a public port for me only', '7.5');
  if (password !== undefined) {
    must(authentication === true && authorization === 'anyone', 'a password in another mode', '7.5');
    must(
      typeof password === 'string' &&
        password.length >= 8 &&
        password.length <= 32 &&
        [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(password)),
      'a password that is against the rules',
      '7.5',
    );
  }
  const isBatch = at('customcode') === 'true';
  must(!has('dns_prefix') || port !== undefined, 'dns_prefix without a port', '7.5');
  if (port === undefined) {
    must(!isBatch, 'appArgs of a batch job without a port', '3.4');
    return;
  }
  must(
    Number.isInteger(port) && ranges.some(([low, high]) => Number(port) >= low && Number(port) <= high),
    `port ${JSON.stringify(port)}`,
    '3.5',
  );
  interactiveProduct({ has, at }, isBatch, must);
}

/** Source: docs/protocols/juliahub.md, 3.4, image rules. */
function interactiveProduct({ has, at }: Fields, isBatch: boolean, must: Must): void {
  const product = at('product_name');
  if (!isBatch)
    must(product === 'package-interactive', `port of an application with product ${product}`, '3.4');
  else if (!has('image')) must(product === 'standard-interactive', `port with product ${product}`, '3.4');
  else
    must(
      defaultApps.some(({ product_name }) => twinOf(product_name) === product),
      `port with product ${product}, which is not an interactive product`,
      '3.4',
    );
}
