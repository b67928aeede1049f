import type { Application, Work } from '../../core/domain/jobSpec.js';
import type { Answers, Choice, Question } from '../../core/domain/questions.js';
import { isDefault } from './applications.js';
import { wrongNodeCount, wrongPassword, wrongPort, wrongPrefix } from './checks.js';
import { imageKey, type Image } from './images.js';
import { dollars, nodeFor, nodeKey, wrongNode, type NodeType } from './nodes.js';
import type { Offers } from './offers.js';

/** The questions of a submission to JuliaHub: the node type, and others with default answers. */
export function questionsFor(
  work: Work['kind'],
  offers: Offers,
  application?: Application,
): readonly Question[] {
  // The server's own applications have one version and open the ports they need. Source:
  // docs/protocols/juliahub.md, 3.7, 7.5.
  const isOwn = application !== undefined && isDefault(application);
  return [
    nodeQuestion(offers),
    ...nodesQuestions(),
    ...(work === 'application' ? (isOwn ? [] : versionQuestions()) : [imageQuestion(offers)]),
    projectQuestion(offers),
    ...(isOwn
      ? []
      : [
          yesOrNo('sysimage', 'System Image', 'Build a system image of the environment first'),
          ...portQuestions(),
        ]),
  ];
}

function nodeQuestion({ nodes }: Offers): Question {
  return {
    id: 'node',
    title: 'Node',
    prompt: 'Node type; choose "Other…" to enter minimum resources such as 8 cpu 32 gb',
    free: true,
    check: (value) => wrongNode(value),
    choices: async (signal) => (await nodes(signal)).map((node) => nodeChoice(node)),
  };
}

/** A node type as a choice: `m6 · 4 vCPU, 16 GB` with `$0.33 per hour`. */
export const nodeChoice = (node: NodeType): Choice => ({
  value: nodeKey(node),
  label: nodeText(node),
  description: `${dollars(node.price)} per hour`,
  ...(node.description === '' ? {} : { detail: node.description }),
});

/** `p2 · 4 vCPU, 61 GB, GPU K80`. */
export function nodeText({ nodeClass, cpus, memory, gpu, display }: NodeType): string {
  const graphics = gpu ? `, GPU${display === '' ? '' : ` ${display}`}` : '';
  return `${nodeClass} · ${String(cpus)} vCPU, ${String(memory)} GB${graphics}`;
}

function nodesQuestions(): readonly Question[] {
  const isElastic = (answers: Answers): boolean => answers['elastic'] === 'yes';
  return [
    {
      ...yesOrNo('elastic', 'Elastic', 'Start with the nodes that are available; others join later'),
    },
    {
      id: 'nodes',
      title: 'Nodes',
      prompt: 'A number such as 4, or a range such as 2-8',
      initial: '1',
      optional: true,
      check: (value, answers) => wrongNodeCount(value, isElastic(answers)),
    },
    {
      id: 'processes',
      title: 'Processes',
      prompt: 'Number of Julia processes per node',
      initial: 'node',
      optional: true,
      choices: () =>
        Promise.resolve([
          { value: 'node', label: 'One per Node', description: 'with threads' },
          { value: 'core', label: 'One per Core' },
        ]),
    },
  ];
}

function imageQuestion({ images, nodes }: Offers): Question {
  return {
    id: 'image',
    title: 'Image',
    prompt: 'Container image',
    initial: '',
    optional: true,
    choices: async (signal, answers) => {
      const node = nodeFor(await nodes(signal), answers['node'] ?? '');
      const fitting = (await images(signal)).filter(
        ({ cpuKey, gpuKey }) => !node || (node.gpu ? gpuKey : cpuKey) !== undefined,
      );
      return [{ value: '', label: 'Server Default' }, ...fitting.map((image) => imageChoice(image))];
    },
  };
}

const imageChoice = (image: Image): Choice => ({
  value: imageKey(image),
  label: `${image.product} · ${image.name}`,
  ...(image.isBase ? { description: 'product default' } : {}),
  ...(image.tag === undefined ? {} : { detail: image.tag }),
});

function projectQuestion({ projects }: Offers): Question {
  return {
    id: 'project',
    title: 'Project',
    prompt: 'Project to charge',
    initial: '',
    optional: true,
    choices: async (signal) => [
      { value: '', label: 'None' },
      ...(await projects(signal)).map(({ id, name }) => ({ value: id, label: name, detail: id })),
    ],
  };
}

function versionQuestions(): readonly Question[] {
  return [
    {
      id: 'versionKind',
      title: 'Version',
      prompt: 'Version of the package to run',
      initial: 'release',
      optional: true,
      choices: () =>
        Promise.resolve([
          { value: 'release', label: 'Latest Release' },
          { value: 'branch', label: 'Branch' },
          { value: 'revision', label: 'Git Revision' },
        ]),
    },
    {
      id: 'version',
      title: 'Branch or Revision',
      prompt: 'Branch name or revision; leave empty for the default branch',
      initial: '',
      optional: true,
      when: ({ versionKind }) => versionKind === 'branch' || versionKind === 'revision',
      check: (value, { versionKind }) =>
        versionKind === 'revision' && value.trim() === '' ? 'Enter a revision.' : undefined,
    },
  ];
}

function portQuestions(): readonly Question[] {
  const hasPort = ({ port }: Answers): boolean => port !== undefined && port.trim() !== '';
  return [
    {
      id: 'port',
      title: 'Exposed Port',
      prompt: 'Port on which the job accepts requests; leave empty for none',
      initial: '',
      optional: true,
      check: (value) => wrongPort(value),
    },
    {
      id: 'access',
      title: 'Port Access',
      prompt: 'Who can send requests',
      initial: 'me',
      optional: true,
      when: hasPort,
      choices: () =>
        Promise.resolve([
          { value: 'me', label: 'Only Me' },
          { value: 'anyone', label: 'Anyone Signed In' },
          { value: 'password', label: 'Anyone with a Password' },
          { value: 'public', label: 'Everyone', description: 'no sign-in required' },
        ]),
    },
    {
      id: 'password',
      title: 'Port Password',
      prompt: 'Required to send requests; not stored',
      secret: true,
      when: (answers) => hasPort(answers) && answers['access'] === 'password',
      check: (value) => wrongPassword(value),
    },
    {
      id: 'dnsPrefix',
      title: 'Port Name',
      prompt: "First part of the port's address; leave empty for a random name",
      initial: '',
      optional: true,
      when: hasPort,
      check: (value) => wrongPrefix(value),
    },
  ];
}

function yesOrNo(id: string, title: string, prompt: string): Question {
  return {
    id,
    title,
    prompt,
    initial: 'no',
    optional: true,
    choices: () =>
      Promise.resolve([
        { value: 'no', label: 'No' },
        { value: 'yes', label: 'Yes' },
      ]),
  };
}
