import { glyphHas, glyphWidth } from './pixel-font.ts';
import { encodePng } from './png.ts';

const palette = [0xffffff, 0x222222, 0xdddddd, 0x1f6feb, 0xd1570a] as const;
/** Indices into the palette. */
export const ink = { paper: 0, black: 1, grey: 2, blue: 3, orange: 4 } as const;
export type Ink = (typeof ink)[keyof typeof ink];

export interface Point {
  readonly x: number;
  readonly y: number;
}

const glyphHeight = 7;

/** Pixels from the upper left corner; what lies outside is not drawn. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint8Array(width * height);
  }

  line(from: Point, to: Point, colour: Ink): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y))));
    for (let step = 0; step <= steps; step++) {
      const part = step / steps;
      this.#set(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part, colour);
    }
  }

  /** The upper left corner of the text is at the point. */
  text(at: Point, text: string, colour: Ink): void {
    for (let index = 0; index < text.length; index++) {
      const character = text.charAt(index);
      for (let y = 0; y < glyphHeight; y++) {
        for (let x = 0; x < glyphWidth; x++) {
          if (glyphHas(character, x, y)) this.#set(at.x + index * (glyphWidth + 1) + x, at.y + y, colour);
        }
      }
    }
  }

  /** The text ends left of the point. */
  textBefore(at: Point, text: string, colour: Ink): void {
    this.text({ x: at.x - text.length * (glyphWidth + 1), y: at.y }, text, colour);
  }

  png(): Buffer {
    return encodePng({ width: this.width, height: this.height, pixels: this.#pixels, palette });
  }

  #set(x: number, y: number, colour: Ink): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    if (column < 0 || column >= this.width || row < 0 || row >= this.height) return;
    this.#pixels[row * this.width + column] = colour;
  }
}
