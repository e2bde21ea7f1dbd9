import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawPanels, tickStep } from './chart.ts';
import { glyphHas } from './pixel-font.ts';

it.each([
  [100, 20],
  [99, 20],
  [7, 2],
  [0.6, 0.2],
  [1200, 500],
  [0, 0.0002],
])('tickStep() up to %d is %d', (greatest, step) => {
  expect(tickStep([0, greatest])).toBeCloseTo(step, 6);
});

it('glyphHas() draws a 1 with its foot, and nothing for what it does not know', () => {
  const foot = [0, 1, 2, 3, 4].map((x) => glyphHas('1', x, 6));
  expect(foot).toEqual([false, true, true, true, false]);
  expect(glyphHas('é', 0, 0)).toBe(false);
});

describe('drawPanels()', () => {
  const panel = (y: number) => ({
    title: 'T',
    lines: [
      {
        name: 'SERVER',
        points: [
          { x: 0, y },
          { x: 10, y: 100 },
        ],
      },
    ],
  });

  it('stacks its panels', () => {
    const png = drawPanels([panel(1), panel(2)]);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([760, 380]);
  });

  it('draws what it is given', () => {
    expect(crc32(drawPanels([panel(1)]))).not.toBe(crc32(drawPanels([panel(60)])));
  });

  it('survives having nothing to draw', () => {
    expect(drawPanels([{ title: '', lines: [] }]).length).toBeGreaterThan(100);
  });
});
