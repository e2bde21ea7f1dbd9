import { Canvas, type Ink, ink, type Point } from './canvas.ts';

export interface Panel {
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

const width = 760;
const panelHeight = 190;
const frame = { left: 60, right: 20, top: 24, bottom: 24 };
const colours: readonly Ink[] = [ink.blue, ink.orange];
const targetTicks = 5;

/** Line charts, one below the other: seconds to the right, megabytes up, both from 0. */
export function drawPanels(panels: readonly Panel[]): Buffer {
  const canvas = new Canvas(width, panelHeight * panels.length);
  panels.forEach((panel, index) => drawPanel(canvas, panel, index * panelHeight));
  return canvas.png();
}

function drawPanel(canvas: Canvas, { title, lines }: Panel, top: number): void {
  const all = lines.flatMap(({ points }) => points);
  const [stepX, stepY] = [tickStep(all.map(({ x }) => x)), tickStep(all.map(({ y }) => y))];
  const [maxX, maxY] = [
    upTo(
      all.map(({ x }) => x),
      stepX,
    ),
    upTo(
      all.map(({ y }) => y),
      stepY,
    ),
  ];
  const [bottom, right] = [top + panelHeight - frame.bottom, width - frame.right];
  const place = ({ x, y }: Point): Point => ({
    x: frame.left + (x / maxX) * (right - frame.left),
    y: bottom - (y / maxY) * (bottom - top - frame.top),
  });
  for (let y = 0; y <= maxY; y += stepY) {
    const at = place({ x: 0, y });
    canvas.line(at, { x: right, y: at.y }, y === 0 ? ink.black : ink.grey);
    canvas.textBefore({ x: frame.left - 4, y: at.y - 3 }, label(y), ink.black);
  }
  for (let x = 0; x <= maxX; x += stepX) {
    const at = place({ x, y: 0 });
    canvas.line(at, { x: at.x, y: at.y + 3 }, ink.black);
    canvas.text({ x: at.x - 3, y: at.y + 7 }, label(x), ink.black);
  }
  canvas.line({ x: frame.left, y: top + frame.top }, { x: frame.left, y: bottom }, ink.black);
  canvas.text({ x: frame.left, y: top + 8 }, title, ink.black);
  canvas.textBefore({ x: frame.left - 4, y: top + 8 }, 'MB', ink.black);
  canvas.textBefore({ x: width - 4, y: bottom - 10 }, 'S', ink.black);
  lines.forEach(({ name, points }, index) => {
    const colour = colours[index % colours.length] ?? ink.black;
    canvas.textBefore({ x: right - 80 * index, y: top + 8 }, name, colour);
    points.forEach((point, at) => canvas.line(place(points[at - 1] ?? point), place(point), colour));
  });
}

/** 1, 2 or 5 times a power of ten, so that there are about five steps. */
export function tickStep(values: readonly number[]): number {
  const rough = Math.max(...values, 1e-3) / targetTicks;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

function upTo(values: readonly number[], step: number): number {
  return Math.max(1, Math.ceil(Math.max(...values, 0) / step)) * step;
}

function label(value: number): string {
  return String(Number(value.toPrecision(3)));
}
