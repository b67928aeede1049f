import { createHash } from 'node:crypto';
import { toProjectFiles } from './projectFiles.js';
import type { Bundle, JobRequest, Script } from '../../core/domain/jobSpec.js';
import { JobError } from '../../core/domain/problem.js';
import type { RegisteredApplication } from './applications.js';
import {
  parseNodeCount,
  validateNodeCount,
  validatePassword,
  validatePort,
  validatePrefix,
  validateProject,
} from './validation.js';
import { formatDriverCode } from './driver.js';
import type { FormField } from './form.js';
import type { SoftwareImage } from './images.js';
import type { NodeType } from './nodes.js';
import { hourMs } from '../../lib/time.js';

/** The workload of a submission, with all its content. */
export type JuliaHubWorkload =
  | { readonly kind: 'script'; readonly script: Script }
  | { readonly kind: 'bundle'; readonly entry: string; readonly bundle: Bundle }
  | { readonly kind: 'application'; readonly application: RegisteredApplication }
  | StoredWorkload;

/** The submission of an earlier job, as stored by the server. */
export interface StoredWorkload {
  readonly kind: 'stored';
  readonly code: string;
  readonly project?: string;
  readonly manifest?: string;
  readonly bundle?: Bundle;
}

/** The node and image selected by a request's answers. */
export interface ResolvedChoices {
  readonly node: NodeType;
  /** Undefined: the server's default. */
  readonly image?: SoftwareImage;
}

/**
 * The form fields of a submission. Source: docs/protocols/juliahub.md, 3.3 to 3.7.
 *
 * @throws {@link JobError} of kind `invalid` for values that the server would refuse.
 */
export function toFormFields(
  work: JuliaHubWorkload,
  request: JobRequest,
  chosen: ResolvedChoices,
): readonly FormField[] {
  return [
    ...toWorkloadFields(work, request),
    ...toProjectFields(request),
    ...toImageFields(work, request, chosen),
    ...toPortFields(work, request),
    ...toSysimageFields(work, request),
    ...toComputeFields(request, chosen),
    ...toLimitFields(request),
    ['est_cost', '0'],
  ];
}

function toWorkloadFields(work: JuliaHubWorkload, { name, env }: JobRequest): readonly FormField[] {
  if (env['jobname'] !== undefined)
    throw createInvalidFieldError(
      'Remove "jobname" from the environment: JuliaHub reserves it for the job\'s name.',
    );
  const inputs = (more: Readonly<Record<string, string>>): FormField => [
    'args',
    JSON.stringify({ ...more, jobname: name, ...env }),
  ];
  switch (work.kind) {
    case 'script': {
      const { text, environment } = work.script;
      return [inputs({}), ...toCodeFields(text), ...toEnvironmentFields(toProjectFiles(environment))];
    }
    case 'bundle':
      return [inputs({}), ...toCodeFields(formatDriverCode(work.entry)), ...toBundleFields(work.bundle)];
    case 'stored': {
      const sent = work.bundle ? toBundleFields(work.bundle) : toEnvironmentFields(work);
      return [inputs({}), ...toCodeFields(work.code), ...sent];
    }
    case 'application': {
      const { kind, name: title, identity, registry } = work.application;
      const own: readonly FormField[] = [inputs({ jr_uuid: identity }), ['customcode', 'false']];
      if (kind === 'default') return [...own, ['appType', title]];
      return [
        ...own,
        ['appType', 'userapp'],
        ['package_name', title],
        ...(registry === undefined ? [] : [['registry_name', registry] as const]),
      ];
    }
  }
}

const toCodeFields = (code: string): readonly FormField[] => [
  ['customcode', 'true'],
  ['usercode', code],
];

const toEnvironmentFields = ({
  project,
  manifest,
}: Pick<StoredWorkload, 'project' | 'manifest'>): readonly FormField[] => [
  ...(project === undefined ? [] : [['projecttoml', project] as const]),
  ...(manifest === undefined ? [] : [['manifesttoml', manifest] as const]),
];

const toBundleFields = (bundle: Bundle): readonly FormField[] => [
  ['appbundle', '__APPBUNDLE_EXTERNAL_UPLOAD__'],
  ['appbundle_upload_info', JSON.stringify(toUploadInfo(bundle))],
];

/**
 * Describes an upload, both in the request for its URL and in the submission. Source:
 * docs/protocols/juliahub.md, 3.6.
 */
export const toUploadInfo = ({ bytes, sha256 }: Bundle) =>
  ({
    file_type: 'input',
    file_name: 'appbundle.tar',
    file_size: bytes,
    hash: sha256,
    hash_alg: 'sha2_256',
  }) as const;

function toProjectFields({ options }: JobRequest): readonly FormField[] {
  const project = options['project'] ?? '';
  throwIfInvalid(validateProject(project));
  return project === '' ? [] : [['projectid', project]];
}

/**
 * A job with a port runs under the interactive product. Source: docs/protocols/juliahub.md, 3.4, image rules.
 */
function toImageFields(
  work: JuliaHubWorkload,
  { options }: JobRequest,
  { node, image }: ResolvedChoices,
): readonly FormField[] {
  const version = toVersionFields(work, options);
  const hasPort = (options['port'] ?? '').trim() !== '';
  if (work.kind === 'application')
    return [...version, ...(hasPort ? [['product_name', 'package-interactive'] as const] : [])];
  if (!image) return hasPort ? [['product_name', 'standard-interactive']] : [];
  const key = node.gpu ? image.gpuKey : image.cpuKey;
  if (key === undefined)
    throw createInvalidFieldError(
      node.gpu
        ? `The image ${image.name} does not support GPU nodes.`
        : `The image ${image.name} requires a GPU node.`,
    );
  if (hasPort && image.interactive === undefined)
    throw createInvalidFieldError(`Jobs with the image ${image.name} cannot open a port.`);
  return [
    ['product_name', (hasPort ? image.interactive : image.product) ?? image.product],
    ['image', key],
    ...(image.tag === undefined ? [] : [['image_tag', image.tag] as const]),
  ];
}

function toVersionFields(work: JuliaHubWorkload, options: JobRequest['options']): readonly FormField[] {
  if (work.kind !== 'application' || work.application.kind === 'default') return [];
  const version = (options['version'] ?? '').trim();
  switch (options['versionKind']) {
    case 'branch':
      return [['branch_name', version || 'HEAD']];
    case 'revision':
      return version === '' ? [] : [['git_revision', version]];
    default:
      return [];
  }
}

/** Source: docs/protocols/juliahub.md, 7.5. */
function toPortFields(work: JuliaHubWorkload, { options }: JobRequest): readonly FormField[] {
  const port = (options['port'] ?? '').trim();
  throwIfInvalid(validatePort(port));
  if (port !== '' && work.kind === 'application' && work.application.kind === 'default')
    throw createInvalidFieldError(`${work.application.title} opens its own port; remove the exposed port.`);
  const access = toPortAccess(options);
  if (port === '') return work.kind === 'application' ? [['appArgs', JSON.stringify(access)]] : [];
  const prefix = (options['dnsPrefix'] ?? '').trim();
  throwIfInvalid(validatePrefix(prefix));
  return [
    ['appArgs', JSON.stringify({ port: Number(port), ...access })],
    ...(prefix === '' ? [] : [['dns_prefix', prefix] as const]),
  ];
}

function toPortAccess({ access, password = '' }: JobRequest['options']): Readonly<Record<string, unknown>> {
  switch (access) {
    case 'anyone':
      return { authentication: true, authorization: 'anyone' };
    case 'password':
      throwIfInvalid(validatePassword(password));
      return { authentication: true, authorization: 'anyone', password };
    case 'public':
      return { authentication: false, authorization: 'anyone' };
    default:
      return { authentication: true, authorization: 'me' };
  }
}

/**
 * Source: docs/protocols/juliahub.md, 3.4: without a system image, the server's own client sends the word
 * `nothing`.
 */
function toSysimageFields(work: JuliaHubWorkload, { options }: JobRequest): readonly FormField[] {
  if (options['sysimage'] !== 'yes') return [['sysimage_build', 'nothing']];
  if (work.kind === 'application') return [['sysimage_build', 'true']];
  const sha256 = getManifestSha256(work);
  if (sha256 === undefined) throw createInvalidFieldError('A system image requires a Manifest.toml.');
  return [
    ['sysimage_build', 'true'],
    ['sysimage_manifest_sha', sha256],
  ];
}

function getManifestSha256(work: JuliaHubWorkload): string | undefined {
  if (work.kind === 'application') return undefined;
  if (work.kind === 'bundle') return work.bundle.lockFileSha256;
  if (work.kind === 'stored' && work.bundle) return work.bundle.lockFileSha256;
  const manifest = work.kind === 'script' ? toProjectFiles(work.script.environment).manifest : work.manifest;
  return manifest === undefined ? undefined : createHash('sha256').update(manifest, 'utf8').digest('hex');
}

/**
 * Memory and GPU are not sent: node class and cores determine the node. Source: docs/protocols/juliahub.md,
 * 3.3.
 */
function toComputeFields({ options }: JobRequest, { node }: ResolvedChoices): readonly FormField[] {
  const isElastic = options['elastic'] === 'yes';
  const text = options['nodes'] ?? '1';
  throwIfInvalid(validateNodeCount(text, isElastic));
  const { least, most = 1 } = parseNodeCount(text) ?? {};
  return [
    ['node_class', node.nodeClass],
    ['cpu', String(node.cpus)],
    ['nworkers', String(most - 1)],
    ...(least === undefined ? [] : [['min_workers_required', String(least - 1)] as const]),
    ['elastic', String(isElastic)],
    ['isthreaded', String(options['processes'] !== 'core')],
  ];
}

function toLimitFields({ limitMs }: JobRequest): readonly FormField[] {
  if (limitMs === undefined) return [['limit_type', 'unlimited']];
  const hours = limitMs / hourMs;
  if (!Number.isInteger(hours) || hours < 1)
    throw createInvalidFieldError('JuliaHub time limits must be whole hours.');
  return [
    ['limit_type', 'time'],
    ['limit_value', String(hours)],
    ['effective_time_limit', String(hours)],
  ];
}

const createInvalidFieldError = (why: string): JobError => new JobError({ kind: 'invalid', why });

function throwIfInvalid(wrong: string | undefined): void {
  if (wrong !== undefined) throw createInvalidFieldError(wrong);
}
