import type { JobRequest } from '../../core/domain/jobSpec.js';
import { toFormFields, toUploadInfo, type ResolvedChoices, type JuliaHubWorkload } from './fields.js';
import type { FormField } from './form.js';

/** Names of inputs whose values are hidden. */
const secretNamePattern = /token|secret|passw|credential|api_?key|private_?key/i;
const hiddenValue = '••••';

/** Everything that a submission would send, as a text without secrets. */
export function formatFieldsDryRun(
  work: JuliaHubWorkload,
  request: JobRequest,
  chosen: ResolvedChoices,
  { base }: { readonly base: string },
): string {
  const fields = toFormFields(work, request, chosen);
  const steps: string[] = [`# Nothing was sent.`, ''];
  const bundle = work.kind === 'bundle' || work.kind === 'stored' ? work.bundle : undefined;
  if (bundle) {
    steps.push(`GET ${base}/jobs/appbundle_upload_url`);
    for (const [name, value] of Object.entries(toUploadInfo(bundle)))
      steps.push(`  ${name} = ${String(value)}`);
    const where = 'the URL assigned by the server';
    steps.push('', `PUT ${where}  (${String(bundle.bytes)} bytes, without the token)`, '');
  }
  steps.push(
    `POST ${base}/juliaruncloud/submit_job`,
    'Authorization: Bearer ••••',
    'Content-Type: multipart/form-data',
    '',
    ...fields.map(formatField),
  );
  return `${steps.join('\n')}\n`;
}

function formatField([name, value]: FormField): string {
  const shown = hideSecrets(name, value);
  if (!shown.includes('\n')) return `${name} = ${shown}`;
  const lines = shown.split('\n').map((line) => `  | ${line}`);
  return [`${name} =`, ...lines].join('\n');
}

function hideSecrets(name: string, value: string): string {
  if (name !== 'args' && name !== 'appArgs') return value;
  return JSON.stringify(JSON.parse(value), (key: string, item: unknown) =>
    typeof item === 'string' && secretNamePattern.test(key) ? hiddenValue : item,
  );
}
