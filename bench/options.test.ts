import { describe, expect, it } from 'vitest';
import { loads } from './loads.ts';
import { chooseLoads, isNamed, readOptions } from './options.ts';

describe('readOptions()', () => {
  it('has three rounds of the short choice by default', () => {
    expect(readOptions([], {})).toMatchObject({
      rounds: 3,
      all: false,
      memory: false,
      agent: false,
      only: [],
      profileDir: undefined,
    });
  });

  it('takes several names and the environment', () => {
    const env = { BENCH_ROUNDS: '5', BENCH_PROFILE: '/tmp/p', BENCH_BASE: '' };
    const options = readOptions(['--only', 'h1', '--only', 'bulk', '--memory'], env);
    expect(options).toMatchObject({ rounds: 5, only: ['h1', 'bulk'], memory: true, profileDir: '/tmp/p' });
    expect(options.baseCheckout).toBeUndefined();
  });

  it('knows those that are no loads', () => {
    expect(readOptions(['--agent'], {})).toMatchObject({ agent: true, memory: false });
    expect(readOptions(['--memory'], {})).toMatchObject({ agent: false, memory: true });
    expect(readOptions(['--control'], {})).toMatchObject({ agent: false, control: true });
    expect(readOptions(['--policy'], {})).toMatchObject({ control: false, policy: true });
  });

  it.each(['0', '-1', 'many', ''])('refuses BENCH_ROUNDS=%j', (text) => {
    expect(() => readOptions([], { BENCH_ROUNDS: text })).toThrow('BENCH_ROUNDS must be a number over 0');
  });

  it('refuses an option that does not exist', () => {
    expect(() => readOptions(['--round'], {})).toThrow(TypeError);
  });
});

describe('chooseLoads()', () => {
  it('chooses everything with --all, fewer without, and by name whatever else is said', () => {
    expect(chooseLoads(loads, { all: true, only: [] })).toEqual(loads);
    expect(chooseLoads(loads, { all: false, only: [] }).every(({ isShort }) => isShort)).toBe(true);
    expect(chooseLoads(loads, { all: true, only: ['WEBSOCKET'] }).map(({ name }) => name)).toEqual([
      'WebSocket messages, c=1',
      'WebSocket messages, c=64',
    ]);
  });

  it('takes a whole name as itself, though it is a part of others', () => {
    const only = ['h1 bulk up, one stream', 'h2 100 B, c=1'];
    expect(chooseLoads(loads, { all: false, only }).map(({ name }) => name)).toEqual(only);
  });

  it('knows each load by a name of its own, and the short ones exist', () => {
    const names = loads.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(loads.filter(({ isShort }) => isShort).map(({ name }) => name)).toEqual([
      'h1 100 B, c=1',
      'h1 100 B, c=64',
      'h2 100 B, c=64',
      'h2 100 B, c=1×64',
      'new connection for each request, c=16',
      'h1 bulk down, one stream',
      'h1 bulk up, one stream',
      'h1 bulk down, one stream, 100 ms at the agent',
      'WebSocket messages, c=64',
      'low load: 200 requests/s',
    ]);
  });
});

it('isNamed() says yes to everything when there are no parts', () => {
  expect([isNamed('a', []), isNamed('a', ['b']), isNamed('frp https', ['ssh', 'FRP'])]).toEqual([true, false, true]);
});
