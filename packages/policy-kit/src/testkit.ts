// For tests of policy modules only; product code never imports it.
import { describe, test } from 'vitest';
import type { PolicyModule } from './define-policy.ts';
import {
  checkAskingIsDry,
  checkDecision,
  checkEveryReasonIsGiven,
  checkFacets,
  checkFailsClosed,
  checkRecheckIsPure,
  checkRefusal,
  checkSchemaIsStrict,
  type DecisionRow,
  isProtective,
  type RefusalRow,
} from './policy-checks.testkit.ts';

export { type ClientCertificateRow, clientCertificateRows } from './client-certificates.testkit.ts';
export {
  alternativeNames,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeRevocationList,
  makeX509,
  rsaKey,
  unknownExtension,
} from './make-x509.testkit.ts';
export {
  SampleContext,
  type SampleFacts,
  type SampleRequest,
  sampleConnectFacts,
  sampleEndpoint,
  sampleNowMs,
} from './sample-context.testkit.ts';
export { sampleHost } from './sample-host.testkit.ts';
export type { DecisionRow, RefusalRow };

/**
 * The whole test of a module: its table of decisions, the configurations it refuses, and what every module owes (it fails
 * closed, its recheck is pure, its schema is strict, its reasons are declared and used), proved from the same table.
 */
export function testPolicy(
  module: PolicyModule,
  table: { decisions: readonly DecisionRow[]; refusals: readonly RefusalRow[] },
): void {
  describe(module.name, () => {
    for (const row of table.decisions) test(row.title, () => checkDecision(module, row));
    for (const row of table.refusals) test(row.title, () => checkRefusal(module, row));
    test('gives every reason it declares', () => checkEveryReasonIsGiven(module, table.decisions));
    test('has a facet for every phase it may be in', async () => {
      for (const row of table.decisions) await checkFacets(module, row);
    });
    test('takes no configuration of another form and no unknown key', () => {
      for (const row of table.decisions) checkSchemaIsStrict(module, row);
    });
    test('lets nobody in on facts it cannot read [invariant: fail-closed]', async () => {
      if (!(await isProtective(module, table.decisions))) return;
      for (const row of table.decisions) await checkFailsClosed(module, row);
    });
    test('calls nobody and counts nobody for whoever only asks', async () => {
      for (const row of table.decisions) await checkAskingIsDry(module, row);
    });
    test('recheck() is pure', async () => {
      for (const row of table.decisions) await checkRecheckIsPure(module, row);
    });
  });
}
