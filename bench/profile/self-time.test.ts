import { expect, it } from 'vitest';
import { type CpuProfile, selfTimes } from './self-time.ts';

const frame = (functionName: string, url: string, lineNumber: number) => ({ functionName, url, lineNumber });
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)', '', -1) },
    { id: 2, callFrame: frame('(garbage collector)', '', -1) },
    { id: 3, callFrame: frame('next', 'file:///x/packages/wire/src/reader.ts', 9) },
    { id: 4, callFrame: frame('feed', 'file:///x/packages/wire/src/reader.ts', 19) },
    // The same function as 3, called from elsewhere: a node of its own.
    { id: 5, callFrame: frame('next', 'file:///x/packages/wire/src/reader.ts', 9) },
    { id: 6, callFrame: frame('', 'node:net', 0) },
  ],
  samples: [1, 2, 3, 4, 5, 6, 6],
  timeDeltas: [1000, 10, 20, 30, 40, 5, -7],
};

it('selfTimes() sums a function over its callers and leaves idle time out', () => {
  expect(selfTimes([profile, profile])).toEqual([
    { name: 'next packages/wire/src/reader.ts:10', micros: 120 },
    { name: 'feed packages/wire/src/reader.ts:20', micros: 60 },
    { name: '(garbage collector)', micros: 20 },
    { name: '(anonymous) node:net:1', micros: 10 },
  ]);
});

it('selfTimes() by file joins the functions of one file', () => {
  expect(selfTimes([profile], { byFile: true })).toEqual([
    { name: 'packages/wire/src/reader.ts', micros: 90 },
    { name: '(garbage collector)', micros: 10 },
    { name: 'node:net', micros: 5 },
  ]);
});
