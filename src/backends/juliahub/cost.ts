import type { Fact, Request } from '../../core/domain/jobSpec.js';
import { durationText } from '../../core/presentation/duration.js';
import { readNodeCount } from './checks.js';
import { dollars, type NodeType } from './nodes.js';
import { hourMs } from '../../lib/time.js';

/** The cost of a submission for the review: per hour and at most. */
export function costFact(node: NodeType, { options, limitMs }: Request): Fact {
  const { least, most = 1 } = readNodeCount(options['nodes'] ?? '1') ?? {};
  const whole = dollars(node.price * most);
  // The job can start on fewer nodes, which cost less.
  const isRange = least !== undefined || options['elastic'] === 'yes';
  const from = dollars(node.price * (least ?? 1));
  const hourly = isRange && most > 1 ? `${from} to ${whole} per hour` : `${whole} per hour`;
  const label = 'Cost';
  if (limitMs === undefined) {
    const text = `${hourly}, unlimited: the job has no time limit`;
    return { label, text, warning: true };
  }
  return { label, text: `${hourly}, at most ${mostCost(node, most, limitMs)}` };
}

/** `$0.66 until its limit of 2 h on 2 nodes`. */
function mostCost({ price }: NodeType, nodes: number, limitMs: number): string {
  const amount = dollars((price * nodes * limitMs) / hourMs);
  const time = durationText(limitMs);
  return nodes === 1
    ? `${amount} until its limit of ${time}`
    : `${amount} until its limit of ${time} on ${String(nodes)} nodes`;
}

/** The maximum cost of a job, for its tooltip. */
export function costWords(node: NodeType, { options, limitMs }: Request): string {
  const { most = 1 } = readNodeCount(options['nodes'] ?? '1') ?? {};
  return limitMs === undefined
    ? `${dollars(node.price * most)} per hour, unlimited`
    : `at most ${dollars((node.price * most * limitMs) / hourMs)}`;
}
