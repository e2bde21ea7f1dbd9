import type { Algorithm } from './schema.ts';

/**
 * The coding that the visitor likes best (RFC 9110 §12.5.3); of those he likes alike, the one that comes first in `offered`. Null:
 * the content as it is, because nothing else is wanted or it is wanted most.
 *
 * @param accept All `Accept-Encoding` lines, joined by commas.
 */
export function negotiate(accept: string, offered: readonly Algorithm[]): Algorithm | null {
  const weights = new Map<string, number>();
  for (const part of accept.split(',', 64)) {
    const [coding = '', ...parameters] = part.split(';');
    const name = coding.trim().toLowerCase();
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, weightOf(parameters));
  }
  const others = weights.get('*') ?? 0;
  let best: { algorithm: Algorithm; weight: number } | null = null;
  for (const algorithm of offered) {
    const weight = weights.get(algorithm) ?? others;
    if (weight > 0 && weight > (best?.weight ?? 0)) best = { algorithm, weight };
  }
  if (best === null || (weights.get('identity') ?? 0) > best.weight) return null;
  return best.algorithm;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = '', ...rest] = parameter.split('=');
    if (rest.length === 0 || name.trim().toLowerCase() !== 'q') continue;
    const weight = rest.join('=').trim();
    // A weight that is none is taken for a refusal: compressing is never needed.
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
  }
  return 1;
}
