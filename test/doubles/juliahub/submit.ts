import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { startJob } from './engine.js';
import { wrongFields } from './fields.js';
import { json, jsonOf, objectOf, text, type Asked, type Reply } from './http.js';
import { newJobName } from './lifecycle.js';
import { formOf } from './multipart.js';
import { hasProducts, now, type DoubleJob, type FileType, type State, type StoredFile } from './state.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Accepts a submission and starts its job. Source: docs/protocols/juliahub.md, 3.4. */
export function submitRoute(state: State, user: string, asked: Asked): Reply {
  const form = formOf(state, asked.header('content-type'), asked.body);
  if (!form) return text('bad form', 400);
  const { fields, bytes } = form;
  state.received.push({ user, fields, bytes });
  const password = objectOf(fields.get('appArgs') ?? '')['password'];
  if (typeof password === 'string') state.secrets.add(password);
  const wrong = [
    ...wrongFields(fields, hasProducts(state)),
    ...wrongBytes(state, bytes),
    ...unexpected(state, bytes),
  ];
  state.violations.push(...wrong);
  if (wrong.length > 0) return json({ success: false, message: wrong.join('; ') });
  const { refuseSubmit, rateLimit } = state.controls;
  if (refuseSubmit !== undefined) return json({ success: false, message: refuseSubmit });
  const active = state.jobs.filter((job) => job.user === user && job.ended === undefined).length;
  if (rateLimit !== undefined && active >= rateLimit)
    return json({ success: false, message: `You have reached the job rate limit of ${String(rateLimit)}.` });
  const job = newJob(state, user, fields, bytes);
  state.jobs.unshift(job);
  startJob(state, job);
  return json({ success: true, message: '', jobname: job.name });
}

/** Violations in the content, byte for byte; detects changed line breaks. Source: 3.4, 3.6, 12.4. */
function wrongBytes(state: State, bytes: ReadonlyMap<string, Buffer>): readonly string[] {
  const wrong: string[] = [];
  const at = (name: string): string => bytes.get(name)?.toString() ?? '';
  let manifest = bytes.get('manifesttoml');
  if (bytes.has('appbundle')) {
    if (at('appbundle') !== '__APPBUNDLE_EXTERNAL_UPLOAD__') wrong.push('appbundle has another value (3.4)');
    const info = objectOf(at('appbundle_upload_info'));
    const expected = 'file_name,file_size,file_type,hash,hash_alg';
    const names = Object.keys(info).sort().join();
    if (names !== expected) wrong.push(`appbundle_upload_info contains ${names} (3.6)`);
    else if (info['file_type'] !== 'input' || info['file_name'] !== 'appbundle.tar')
      wrong.push('appbundle_upload_info names another file (3.6)');
    else if (info['hash_alg'] !== 'sha2_256') wrong.push('appbundle_upload_info with another hash_alg (3.6)');
    const tar = state.bundles.get(String(info['hash']));
    if (!tar) wrong.push('a bundle that was never uploaded (3.6)');
    else if (tar.length !== info['file_size'])
      wrong.push(`file_size ${JSON.stringify(info['file_size'])} instead of ${String(tar.length)} (3.6)`);
    else {
      const roots = rootsOf(tar);
      if (roots.length !== 1) wrong.push(`a bundle with ${String(roots.length)} entries at its root (4.2)`);
      else manifest = fileOf(tar, `${roots[0] ?? ''}/Manifest.toml`);
    }
  }
  if (at('sysimage_build') === 'true' && at('customcode') === 'true') {
    if (!manifest) wrong.push('sysimage_build without a manifest (3.5)');
    else if (at('sysimage_manifest_sha') !== sha256(manifest))
      wrong.push('sysimage_manifest_sha is not that of the manifest (3.4, 12.4)');
  } else if (bytes.has('sysimage_manifest_sha')) wrong.push('sysimage_manifest_sha without sysimage (3.4)');
  return wrong.map((what) => `submit_job: ${what}`);
}

/** Differences from the content that a test expects. */
function unexpected(state: State, bytes: ReadonlyMap<string, Buffer>): readonly string[] {
  return state.expected
    .splice(0)
    .filter(({ field, value }) => !bytes.get(field)?.equals(Buffer.from(value)))
    .map(({ field }) => `submit_job: ${field} differs from the expected bytes (12.4)`);
}

function rootsOf(tar: Buffer): readonly string[] {
  const names = execFileSync('tar', ['-tf', '-'], { input: tar, maxBuffer: 2 ** 28 }).toString();
  const roots = names.split('\n').map((name) => name.split('/')[0] ?? '');
  return [...new Set(roots)].filter((name) => name !== '');
}

/** A file of a tar; undefined if it does not exist. */
function fileOf(tar: Buffer, name: string): Buffer | undefined {
  try {
    return execFileSync('tar', ['-xOf', '-', name], { input: tar, stdio: ['pipe', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

function newJob(
  state: State,
  user: string,
  fields: ReadonlyMap<string, string>,
  bytes: ReadonlyMap<string, Buffer>,
): DoubleJob {
  const info = objectOf(fields.get('appbundle_upload_info') ?? '');
  const given: readonly (readonly [name: string, Buffer | undefined, FileType])[] = [
    ['code.jl', bytes.get('usercode'), 'source'],
    ['Project.toml', bytes.get('projecttoml'), 'project'],
    ['Manifest.toml', bytes.get('manifesttoml'), 'project'],
    ['appbundle.tar', state.bundles.get(String(info['hash'])), 'input'],
  ];
  // Each sent file is stored as an input and under its own type. Source: docs/protocols/juliahub.md, 6.
  const files = given.flatMap(([name, value, type]): readonly StoredFile[] => {
    if (!value) return [];
    const input = { name, type: 'input' as const, bytes: value };
    return type === 'input' ? [input] : [input, { name, type, bytes: value }];
  });
  return {
    id: 8000 + state.jobs.length,
    name: newJobName(),
    user,
    fields,
    status: state.controls.startWords[0] ?? 'Submitted',
    submitted: now(state),
    results: '',
    limitHours:
      fields.get('limit_type') === 'time' ? Number(jsonOf(fields.get('limit_value') ?? '')) : undefined,
    log: [],
    files,
    stop: new AbortController(),
    listeners: new Set(),
  };
}
