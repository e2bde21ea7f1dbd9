import * as contract from '@adit/contracts/api';
import type { FastifyRequest } from 'fastify';
import { authorize, missing } from '../../domain/authorize.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Member } from '../../domain/store.ts';
import type { ApiServer, RouteDeps } from '../control-deps.ts';
import { noContent } from '../operation-docs.ts';
import { idParams, parseId } from '../parse-id.ts';
import { principalOf } from '../principal-of.ts';
import { refuseIdempotencyKey } from '../refuse-idempotency-key.ts';
import { base32 } from './base32.ts';
import { beginTotp, changePassword, confirmTotp, removeTotp } from './own-login.ts';
import { totpUri } from './totp.ts';

const one = { params: idParams } as const;
const schemas = {
  password: {
    ...{ operationId: 'changePassword', summary: 'Change your own password', ...one },
    ...{ body: contract.passwordChange, response: { 204: noContent } },
  },
  begin: {
    ...{ operationId: 'beginTotp', summary: 'Begin to set up a second factor of your own', ...one },
    ...{ body: contract.totpBegin, response: { 201: contract.totpSecret } },
  },
  confirm: {
    ...{ operationId: 'confirmTotp', summary: 'Have your logins take a code from now on', ...one },
    ...{ body: contract.totpCode, response: { 200: contract.recoveryCodes } },
  },
  remove: {
    ...{ operationId: 'removeTotp', summary: 'Remove your second factor and its recovery codes', ...one },
    ...{ body: contract.secondFactorCode, response: { 204: noContent } },
  },
} as const;

/** Password and second factor of whoever calls; of others the operator resets them. */
export function addOwnLoginRoutes(api: ApiServer, deps: Pick<RouteDeps, 'store' | 'logins' | 'publicUrl'>): void {
  const parts = { ...deps.logins, store: deps.store };

  api.put('/users/:id/password', { schema: schemas.password }, async (request, reply) => {
    const { principal } = await ownCall(request, 'user.changePassword');
    const { current_password: current, new_password: next } = request.body;
    await changePassword(parts, principal, { current, next });
    return reply.code(204).send();
  });

  api.post('/users/:id/totp', { schema: schemas.begin }, async (request, reply) => {
    const { principal, member } = await ownCall(request, 'user.changeSecondFactor');
    const seed = await beginTotp(parts, principal, request.body.current_password);
    const issuer = `Adit ${new URL(deps.publicUrl()).hostname}`;
    return reply.code(201).send({ secret: base32(seed), uri: totpUri(seed, { issuer, name: member.user.name }) });
  });

  api.post('/users/:id/totp/confirm', { schema: schemas.confirm }, async (request) => {
    const { principal } = await ownCall(request, 'user.changeSecondFactor');
    return { recovery_codes: await confirmTotp(parts, principal, request.body.code) };
  });

  // Not DELETE: it takes no body, and a code has no place in a path.
  api.post('/users/:id/totp/remove', { schema: schemas.remove }, async (request, reply) => {
    const { principal } = await ownCall(request, 'user.changeSecondFactor');
    await removeTotp(parts, principal, request.body.code);
    return reply.code(204).send();
  });

  /** @throws {AditError} 9101: there is no such user. 9100: it is another. 215: an idempotency key. */
  async function ownCall(
    request: FastifyRequest<{ Params: { id: string } }>,
    action: 'user.changePassword' | 'user.changeSecondFactor',
  ): Promise<{ principal: Principal; member: Member }> {
    const principal = principalOf(request);
    const userId = parseId('user', request.params.id);
    const member = await deps.store.findMember({ accountId: principal.accountId, userId });
    if (!member) throw missing();
    authorize(principal, action, { accountId: member.accountId, ownerId: member.userId });
    refuseIdempotencyKey(request.headers);
    return { principal, member };
  }
}
