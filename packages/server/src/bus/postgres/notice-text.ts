// A notice as text, at most 8,000 bytes of it (PostgreSQL manual, NOTIFY). Every client of the database may send anything,
// so what comes in is a notice by the letter, or nothing.
import { type Id, type IdKind, isId } from '@adit/contracts';
import { z } from 'zod';
import { documentKinds } from '../../domain/document.ts';
import type { CredentialId } from '../../domain/entities.ts';
import type { Notice } from '../../domain/notices.ts';

/** A notice and the bus that sent it. */
export interface Sent {
  readonly from: string;
  readonly notice: Notice;
}

const id = <K extends IdKind>(...kinds: K[]) =>
  z.custom<Id<K>>((text) => typeof text === 'string' && kinds.some((kind) => isId(kind, text)));

const ofCredential = {
  accountId: id('account'),
  credentialId: id('credential', 'apiKey') satisfies z.ZodType<CredentialId>,
};
const notices = {
  'credential-revoked': z.strictObject({ type: z.literal('credential-revoked'), ...ofCredential }),
  'credential-changed': z.strictObject({ type: z.literal('credential-changed'), ...ofCredential }),
  'credential-disabled': z.strictObject({ type: z.literal('credential-disabled'), ...ofCredential }),
  'document-changed': z
    .strictObject({
      type: z.literal('document-changed'),
      accountId: id('account'),
      kind: z.enum(documentKinds),
      id: id(...documentKinds),
    })
    .refine(({ kind, id }) => isId(kind, id)),
  'account-suspended': z.strictObject({ type: z.literal('account-suspended'), accountId: id('account') }),
  'certificate-changed': z.strictObject({
    type: z.literal('certificate-changed'),
    name: z
      .string()
      .regex(/^([*][.])?[a-z0-9_-]+([.][a-z0-9_-]+)*$/)
      .max(255),
  }),
  missed: z.strictObject({ type: z.literal('missed') }),
} satisfies { [T in Notice['type']]: z.ZodType<Extract<Notice, { type: T }>> };

const sent = z.strictObject({
  from: z.uuid(),
  notice: z.union([
    notices['credential-revoked'],
    notices['credential-changed'],
    notices['credential-disabled'],
    notices['document-changed'],
    notices['account-suspended'],
    notices['certificate-changed'],
    notices.missed,
  ]),
});

export function formatNotice({ from, notice }: Sent): string {
  return JSON.stringify({ from, notice });
}

/** Undefined: it is no notice. */
export function parseNotice(text: string): Sent | undefined {
  try {
    return sent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // Not even JSON.
  }
}
