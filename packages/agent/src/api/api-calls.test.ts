import { expect, it } from 'vitest';
import { apiCalls } from './api-calls.ts';
import { documentWith, listThings, operation } from './made-up-document.testkit.ts';

const paths = {
  '/things': { get: listThings, post: operation() },
  '/things/{id}': { get: operation(), patch: operation(), put: operation(), delete: operation() },
  '/things/{id}/stop': { post: operation() },
  '/things/{id}/health_report': { get: operation() },
  '/things/{id}/members': { get: listThings, post: operation() },
  '/things/{id}/members/{member_id}': { get: operation(), delete: operation() },
  '/edges/https': { get: listThings },
  '/account': { get: operation(), patch: operation() },
  '/healthz': { get: operation({ security: [] }) },
};

it('apiCalls() has a command for each operation that takes a key', () => {
  const words = apiCalls(documentWith(paths)).map(
    ({ method, path, resource, verb }) => `${method} ${path}: ${resource} ${verb}`,
  );
  expect(words).toEqual([
    'get /things: things list',
    'post /things: things create',
    'get /things/{id}: things get',
    'patch /things/{id}: things update',
    'put /things/{id}: things set',
    'delete /things/{id}: things delete',
    'post /things/{id}/stop: things stop',
    'get /things/{id}/health_report: things health-report',
    'get /things/{id}/members: things list-members',
    'post /things/{id}/members: things create-members',
    'get /things/{id}/members/{member_id}: things get-members',
    'delete /things/{id}/members/{member_id}: things delete-members',
    'get /edges/https: edges-https list',
    'get /account: account get',
    'patch /account: account update',
  ]);
});
