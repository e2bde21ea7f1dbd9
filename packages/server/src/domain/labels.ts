import { createHash } from 'node:crypto';
import { labelLimits } from './label-limits.ts';

/** What a tunnel without an address is found by. Compared letter by letter: texts that only look alike are others. */
export type Labels = Readonly<Record<string, string>>;

/** Without "=" and "*", which are the grammar's of an ACL; printable, so that a label is what it looks like. */
const labelText = /^[^=*\p{C}\s]+$/u;
/** Readers of JSON drop it, and a set of labels that lost one would be found by more backends. */
const droppedKey = '__proto__';

/** Whether this may be the key or the value of a label, of whatever length. */
export function isLabelText(text: string): boolean {
  return labelText.test(text);
}

/** What is wrong with labels as somebody asks for them; null: nothing, they are `Labels`. */
export function labelProblem(asked: Readonly<Record<string, unknown>>): string | null {
  const { maxLabels, maxLabelBytes } = labelLimits;
  const entries = Object.entries(asked);
  if (entries.length === 0) return 'there are none';
  if (entries.length > maxLabels) return `there are more than ${maxLabels}`;
  const isText = (part: unknown): boolean =>
    typeof part === 'string' && isLabelText(part) && Buffer.byteLength(part) <= maxLabelBytes;
  const bad = entries.find(([key, value]) => key === droppedKey || !isText(key) || !isText(value));
  if (!bad) return null;
  const name = JSON.stringify(bad[0].slice(0, 100));
  return `${name} is not a label: key and value are text of 1 to ${maxLabelBytes} bytes without spaces, "=" and "*"`;
}

/** Stands for a set of labels, whatever their order. As a host it is nobody's to ask for: names of hosts have no "_". */
export function hostOfLabels(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `labels_${createHash('sha256').update(JSON.stringify(sorted)).digest('hex')}`;
}
