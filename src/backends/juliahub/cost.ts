import type { Fact, Request } from '../../core/domain/jobSpec.js';
import { durationText } from '../../core/presentation/duration.js';
import type { Say } from '../../lib/say.js';
import { readNodeCount } from './checks.js';
import { dollars, type NodeType } from './nodes.js';
import { hourMs } from '../../lib/time.js';

/** What a submission costs, for the review: each hour, and at most. */
export function costFact(node: NodeType, { options, limitMs }: Request, say: Say): Fact {
  const { least, most = 1 } = readNodeCount(options['nodes'] ?? '1') ?? {};
  const whole = dollars(node.price * most);
  // Fewer may be there at first, and cost less.
  const isRange = least !== undefined || options['elastic'] === 'yes';
  const from = dollars(node.price * (least ?? 1));
  const hourly = isRange && most > 1 ? say('{0} to {1} per hour', from, whole) : say('{0} per hour', whole);
  const label = say('Cost');
  if (limitMs === undefined) {
    const text = say('{0}, without an end: the job has no time limit', hourly);
    return { label, text, warning: true };
  }
  return { label, text: say('{0}, at most {1}', hourly, mostCost(node, most, limitMs, say)) };
}

/** `$0.66 (2 h on 2 nodes)`. */
function mostCost({ price }: NodeType, nodes: number, limitMs: number, say: Say): string {
  const amount = dollars((price * nodes * limitMs) / hourMs);
  const time = durationText(limitMs, say);
  return nodes === 1
    ? say('{0} before its limit of {1}', amount, time)
    : say('{0} before its limit of {1} on {2} nodes', amount, time, nodes);
}

/** The most a job can cost, in words for its tooltip. */
export function costWords(node: NodeType, { options, limitMs }: Request, say: Say): string {
  const { most = 1 } = readNodeCount(options['nodes'] ?? '1') ?? {};
  return limitMs === undefined
    ? say('{0} per hour, without an end', dollars(node.price * most))
    : say('at most {0}', dollars((node.price * most * limitMs) / hourMs));
}
