import type { Labels } from '@adit/sdk';

/** What leads to an endpoint: a URL, or labels in its place. */
export interface EndpointPlace {
  /** Empty: it has labels. */
  readonly url: string;
  readonly labels?: Labels | undefined;
}

/** For people: the URL, or labels as they were written. They have no spaces in them, so it is clear where one ends. */
export function placeText({ url, labels }: EndpointPlace): string {
  if (!labels) return url;
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
