import type * as X509 from '@peculiar/x509';

/**
 * Loaded when the first certificate must be made or described, since that takes some 200 ms: a server that finds all it
 * needs starts without. The library needs `reflect-metadata` to be there first.
 */
export async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
