import type { Request } from '../../core/domain/jobSpec.js';
import { fieldsOf, uploadInfo, type Chosen, type Workload } from './fields.js';
import type { Field } from './form.js';

/** Names of inputs whose values are hidden. */
const secretName = /token|secret|passw|credential|api_?key|private_?key/i;
const hidden = '••••';

/** Everything that a submission would send, as a text without secrets. */
export function dryRunText(
  work: Workload,
  request: Request,
  chosen: Chosen,
  { base }: { readonly base: string },
): string {
  const fields = fieldsOf(work, request, chosen);
  const steps: string[] = [`# Nothing was sent.`, ''];
  const bundle = work.kind === 'bundle' || work.kind === 'stored' ? work.bundle : undefined;
  if (bundle) {
    steps.push(`GET ${base}/jobs/appbundle_upload_url`);
    for (const [name, value] of Object.entries(uploadInfo(bundle)))
      steps.push(`  ${name} = ${String(value)}`);
    const where = 'the URL assigned by the server';
    steps.push('', `PUT ${where}  (${String(bundle.bytes)} bytes, without the token)`, '');
  }
  steps.push(
    `POST ${base}/juliaruncloud/submit_job`,
    'Authorization: Bearer ••••',
    'Content-Type: multipart/form-data',
    '',
    ...fields.map(fieldText),
  );
  return `${steps.join('\n')}\n`;
}

function fieldText([name, value]: Field): string {
  const shown = withoutSecrets(name, value);
  if (!shown.includes('\n')) return `${name} = ${shown}`;
  const lines = shown.split('\n').map((line) => `  | ${line}`);
  return [`${name} =`, ...lines].join('\n');
}

function withoutSecrets(name: string, value: string): string {
  if (name !== 'args' && name !== 'appArgs') return value;
  return JSON.stringify(JSON.parse(value), (key: string, item: unknown) =>
    typeof item === 'string' && secretName.test(key) ? hidden : item,
  );
}
