import { type Id, isId } from '@adit/contracts';
import type { DraftContext } from './resource.ts';

const idForm = /\b(?:ipp|ca)_[0-9A-Za-z]{27}\b/g;
/** Looked up in one transaction: a text has room for thousands. What is named behind them can be deleted. */
const maxNamed = 100;

type Named = Id<'ipPolicy'> | Id<'certificateAuthority'>;

/** What the account keeps and the text of a policy names, wherever in it: not to be deleted under it. */
export async function namedInPolicy(
  text: string,
  { tx, principal: { accountId } }: Pick<DraftContext<object>, 'tx' | 'principal'>,
): Promise<Named[]> {
  const named: Named[] = [];
  for (const id of [...new Set(text.match(idForm))].slice(0, maxNamed) as Named[]) {
    const kind = isId('ipPolicy', id) ? 'ipPolicy' : 'certificateAuthority';
    if (await tx.findDocument({ accountId, kind, id })) named.push(id);
  }
  return named;
}
