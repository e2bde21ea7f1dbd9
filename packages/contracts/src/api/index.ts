// The door of this folder. Not part of the package's main entry: the schema library is slow to load, and agents need none
// of it.
export * from './account.ts';
export * from './agent-ingress.ts';
export * from './audit-event.ts';
export * from './certificate.ts';
export * from './credential.ts';
export * from './decision-trace.ts';
export * from './endpoint.ts';
export * from './error.ts';
export * from './event.ts';
export * from './event-source.ts';
export * from './filter-fields.ts';
export * from './header.ts';
export * from './ip-policy.ts';
export * from './ip-restriction.ts';
export * from './login.ts';
export * from './member.ts';
export * from './paging.ts';
export * from './reserved-address.ts';
export * from './reserved-domain.ts';
export * from './resource.ts';
export * from './ssh-credential.ts';
export * from './tunnel.ts';
export * from './tunnel-session.ts';
export * from './vault.ts';
export * from './vault-secret.ts';
