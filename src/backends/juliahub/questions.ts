import type { Application, Work } from '../../core/domain/jobSpec.js';
import type { Answers, Choice, Question } from '../../core/domain/questions.js';
import type { Say } from '../../lib/say.js';
import { isDefault } from './applications.js';
import { wrongNodeCount, wrongPassword, wrongPort, wrongPrefix } from './checks.js';
import { imageKey, type Image } from './images.js';
import { dollars, nodeFor, nodeKey, wrongNode, type NodeType } from './nodes.js';
import type { Offers } from './offers.js';

/** What a submission to JuliaHub is asked: the node, and all else with an answer that will do. */
export function questionsFor(
  work: Work['kind'],
  offers: Offers,
  say: Say,
  application?: Application,
): readonly Question[] {
  // The server's own applications have one version and open what they need. Source: docs/protocols/juliahub.md, 3.7, 7.5.
  const isOwn = application !== undefined && isDefault(application);
  return [
    nodeQuestion(offers, say),
    ...nodesQuestions(say),
    ...(work === 'application' ? (isOwn ? [] : versionQuestions(say)) : [imageQuestion(offers, say)]),
    projectQuestion(offers, say),
    ...(isOwn
      ? []
      : [
          yesOrNo('sysimage', say('System Image'), say('Build a system image of the environment first'), say),
          ...portQuestions(say),
        ]),
  ];
}

function nodeQuestion({ nodes }: Offers, say: Say): Question {
  return {
    id: 'node',
    title: say('Node'),
    prompt: say('What it runs on; "Other…" takes what it has at least, such as 8 cpu 32 gb'),
    free: true,
    check: (value) => wrongNode(value, say),
    choices: async (signal) => (await nodes(signal)).map((node) => nodeChoice(node, say)),
  };
}

/** A node type as it is picked: `m6 · 4 vCPU, 16 GB` for `$0.33 per hour`. */
export const nodeChoice = (node: NodeType, say: Say): Choice => ({
  value: nodeKey(node),
  label: nodeText(node),
  description: say('{0} per hour', dollars(node.price)),
  ...(node.description === '' ? {} : { detail: node.description }),
});

/** `p2 · 4 vCPU, 61 GB, GPU K80`. */
export function nodeText({ nodeClass, cpus, memory, gpu, display }: NodeType): string {
  const graphics = gpu ? `, GPU${display === '' ? '' : ` ${display}`}` : '';
  return `${nodeClass} · ${String(cpus)} vCPU, ${String(memory)} GB${graphics}`;
}

function nodesQuestions(say: Say): readonly Question[] {
  const isElastic = (answers: Answers): boolean => answers['elastic'] === 'yes';
  return [
    {
      ...yesOrNo('elastic', say('Elastic'), say('Begin with the nodes there are, others join later'), say),
    },
    {
      id: 'nodes',
      title: say('Nodes'),
      prompt: say('How many, such as 4; or the least and the most, such as 2-8'),
      initial: '1',
      optional: true,
      check: (value, answers) => wrongNodeCount(value, isElastic(answers), say),
    },
    {
      id: 'processes',
      title: say('Processes'),
      prompt: say('How many Julia processes a node runs'),
      initial: 'node',
      optional: true,
      choices: () =>
        Promise.resolve([
          { value: 'node', label: say('One per Node'), description: say('with threads') },
          { value: 'core', label: say('One per Core') },
        ]),
    },
  ];
}

function imageQuestion({ images, nodes }: Offers, say: Say): Question {
  return {
    id: 'image',
    title: say('Image'),
    prompt: say('The software that is on the node'),
    initial: '',
    optional: true,
    choices: async (signal, answers) => {
      const node = nodeFor(await nodes(signal), answers['node'] ?? '');
      const fitting = (await images(signal)).filter(
        ({ cpuKey, gpuKey }) => !node || (node.gpu ? gpuKey : cpuKey) !== undefined,
      );
      return [
        { value: '', label: say('Default of the Server') },
        ...fitting.map((image) => imageChoice(image, say)),
      ];
    },
  };
}

const imageChoice = (image: Image, say: Say): Choice => ({
  value: imageKey(image),
  label: `${image.product} · ${image.name}`,
  ...(image.isBase ? { description: say('default of the product') } : {}),
  ...(image.tag === undefined ? {} : { detail: image.tag }),
});

function projectQuestion({ projects }: Offers, say: Say): Question {
  return {
    id: 'project',
    title: say('Project'),
    prompt: say('The project it belongs to'),
    initial: '',
    optional: true,
    choices: async (signal) => [
      { value: '', label: say('None') },
      ...(await projects(signal)).map(({ id, name }) => ({ value: id, label: name, detail: id })),
    ],
  };
}

function versionQuestions(say: Say): readonly Question[] {
  return [
    {
      id: 'versionKind',
      title: say('Version'),
      prompt: say('Which version of the package runs'),
      initial: 'release',
      optional: true,
      choices: () =>
        Promise.resolve([
          { value: 'release', label: say('Latest Release') },
          { value: 'branch', label: say('Branch') },
          { value: 'revision', label: say('Git Revision') },
        ]),
    },
    {
      id: 'version',
      title: say('Branch or Revision'),
      prompt: say('The name of the branch (empty: the default one), or the revision'),
      initial: '',
      optional: true,
      when: ({ versionKind }) => versionKind === 'branch' || versionKind === 'revision',
      check: (value, { versionKind }) =>
        versionKind === 'revision' && value.trim() === '' ? say('Type a revision.') : undefined,
    },
  ];
}

function portQuestions(say: Say): readonly Question[] {
  const hasPort = ({ port }: Answers): boolean => port !== undefined && port.trim() !== '';
  return [
    {
      id: 'port',
      title: say('Exposed Port'),
      prompt: say('The port on which the job answers requests. May be empty: none.'),
      initial: '',
      optional: true,
      check: (value) => wrongPort(value, say),
    },
    {
      id: 'access',
      title: say('Access to the Port'),
      prompt: say('Who may send requests'),
      initial: 'me',
      optional: true,
      when: hasPort,
      choices: () =>
        Promise.resolve([
          { value: 'me', label: say('Only Me') },
          { value: 'anyone', label: say('Anyone Who Is Signed In') },
          { value: 'password', label: say('Anyone with a Password') },
          { value: 'public', label: say('Everybody'), description: say('without any sign-in') },
        ]),
    },
    {
      id: 'password',
      title: say('Password of the Port'),
      prompt: say('Asked of all who send requests; it is not remembered here'),
      secret: true,
      when: (answers) => hasPort(answers) && answers['access'] === 'password',
      check: (value) => wrongPassword(value, say),
    },
    {
      id: 'dnsPrefix',
      title: say('Name of the Port'),
      prompt: say('The first part of its address. May be empty: a random one.'),
      initial: '',
      optional: true,
      when: hasPort,
      check: (value) => wrongPrefix(value, say),
    },
  ];
}

function yesOrNo(id: string, title: string, prompt: string, say: Say): Question {
  return {
    id,
    title,
    prompt,
    initial: 'no',
    optional: true,
    choices: () =>
      Promise.resolve([
        { value: 'no', label: say('No') },
        { value: 'yes', label: say('Yes') },
      ]),
  };
}
