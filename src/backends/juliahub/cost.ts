import type { ReviewItem, JobRequest } from '../../core/domain/jobSpec.js';
import { formatDuration } from '../../core/presentation/formatting.js';
import { parseNodeCount } from './validation.js';
import { formatDollars, type NodeType } from './nodes.js';
import { hourMs } from '../../lib/time.js';

/** The cost of a submission for the review: per hour and at most. */
export function createCostItem(node: NodeType, { options, limitMs }: JobRequest): ReviewItem {
  const { least, most = 1 } = parseNodeCount(options['nodes'] ?? '1') ?? {};
  const whole = formatDollars(node.price * most);
  // The job can start on fewer nodes, which cost less.
  const isRange = least !== undefined || options['elastic'] === 'yes';
  const from = formatDollars(node.price * (least ?? 1));
  const hourly = isRange && most > 1 ? `${from} to ${whole} per hour` : `${whole} per hour`;
  const label = 'Cost';
  if (limitMs === undefined) {
    const text = `${hourly}, unlimited: the job has no time limit`;
    return { label, text, warning: true };
  }
  return { label, text: `${hourly}, at most ${formatMaxCost(node, most, limitMs)}` };
}

/** `$0.66 until its limit of 2 h on 2 nodes`. */
function formatMaxCost({ price }: NodeType, nodes: number, limitMs: number): string {
  const amount = formatDollars((price * nodes * limitMs) / hourMs);
  const time = formatDuration(limitMs);
  return nodes === 1
    ? `${amount} until its limit of ${time}`
    : `${amount} until its limit of ${time} on ${String(nodes)} nodes`;
}

/** The maximum cost of a job, for its tooltip. */
export function formatCostTooltip(node: NodeType, { options, limitMs }: JobRequest): string {
  const { most = 1 } = parseNodeCount(options['nodes'] ?? '1') ?? {};
  return limitMs === undefined
    ? `${formatDollars(node.price * most)} per hour, unlimited`
    : `at most ${formatDollars((node.price * most * limitMs) / hourMs)}`;
}
