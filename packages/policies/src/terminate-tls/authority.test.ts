import { X509Certificate } from 'node:crypto';
import { basicConstraints, makeX509 } from '@adit/policy-kit/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorityOf } from './authority.ts';

test('a certificate with any byte changed is read, or refused by no mistake of ours', () => {
  const { raw } = new X509Certificate(makeX509({ subject: 'root', extensions: [basicConstraints(true, 3)] }).cert);
  const property = fc.property(fc.nat(raw.length - 1), fc.nat(255), (i, byte) => {
    const changed = Buffer.from(raw);
    changed[i] = byte;
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(changed);
    } catch {
      return; // OpenSSL does not read it either.
    }
    try {
      if (certificate.ca) authorityOf(certificate);
    } catch (error) {
      // OpenSSL's own, of a key that it cannot read, is neither.
      expect(error).not.toBeInstanceOf(TypeError);
    }
  });
  fc.assert(property, { numRuns: 500 });
});
