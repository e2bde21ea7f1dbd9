import { EvaluationFailure } from '../evaluation-failure.ts';
import { type FunctionRow, ofEngine, overloads } from './function-row.ts';

const minInt = -(2n ** 63n);
const maxInt = 2n ** 63n - 1n;

/** Sizes, conversions and comparisons of texts that every CEL has. */
export function standardFunctions(): FunctionRow[] {
  return [
    ...ofEngine('How many characters (Unicode code points), bytes, values or keys it has.', [
      'size(string): int',
      'size(bytes): int',
      'size(list): int',
      'size(map): int',
      'string.size(): int',
      'bytes.size(): int',
      'list.size(): int',
      'map.size(): int',
    ]),
    ...ofEngine('Whether the text begins with another.', ['string.startsWith(string): bool']),
    ...ofEngine('Whether the text ends with another.', ['string.endsWith(string): bool']),
    ...ofEngine('Whether the text has another in it.', ['string.contains(string): bool']),
    ...ofEngine('Whether an optional field or a key is there.', ['has(field): bool']),
    ...ofEngine('The type of a value, to be compared with `string`, `int` and the like.', ['type(dyn): type']),
    ...ofEngine('The value, of a type that is only known when the expression is evaluated.', ['dyn(A): dyn']),
    ...conversions(),
    ...optionals(),
  ];
}

function conversions(): FunctionRow[] {
  const fromDouble = (value: number) => {
    if (!Number.isFinite(value)) throw new EvaluationFailure('a number is too large');
    return inRange(BigInt(Math.trunc(value)));
  };
  return [
    ...overloads(
      'As a whole number: of a text in decimal, of a fraction without what is behind the point, of a time in seconds.',
      {
        'int(int): int': (value: bigint) => value,
        'int(uint): int': (value: { valueOf(): bigint }) => inRange(value.valueOf()),
        'int(double): int': fromDouble,
        'int(string): int': (text: string) => {
          if (!/^[+-]?\d{1,19}$/.test(text)) throw new EvaluationFailure('a text is no whole number');
          return inRange(BigInt(text.replace('+', '')));
        },
        'int(google.protobuf.Timestamp): int': (time: Date) => BigInt(Math.floor(time.getTime() / 1_000)),
      },
      { replaces: true },
    ),
    ...ofEngine('As a number without sign.', [
      'uint(uint): uint',
      'uint(int): uint',
      'uint(double): uint',
      'uint(string): uint',
    ]),
    ...ofEngine('As a number with a fraction.', [
      'double(double): double',
      'double(int): double',
      'double(uint): double',
      'double(string): double',
    ]),
    ...ofEngine('`"true"`, `"1"` or `"t"` as true, their opposites as false.', [
      'bool(bool): bool',
      'bool(string): bool',
    ]),
    ...ofEngine('As bytes: of a text in UTF-8.', ['bytes(bytes): bytes', 'bytes(string): bytes']),
    ...ofEngine('As a text.', [
      'string(string): string',
      'string(bool): string',
      'string(int): string',
      'string(uint): string',
      'string(double): string',
      'string(bytes): string',
    ]),
  ];
}

function optionals(): FunctionRow[] {
  return [
    ...ofEngine('An optional value that is there, or not: what `map[?"key"]` gives.', [
      'optional.of(A): optional<A>',
      'optional.none(): optional<dyn>',
    ]),
    ...ofEngine('Whether an optional value is there.', ['optional<A>.hasValue(): bool']),
    ...ofEngine('An optional value that must be there.', ['optional<A>.value(): A']),
    ...ofEngine('An optional value, or else another one.', ['optional<A>.or(optional<A>): optional<A>']),
    ...ofEngine('An optional value, or else this one.', ['optional<A>.orValue(A): A']),
  ];
}

function inRange(value: bigint): bigint {
  if (value < minInt || value > maxInt) throw new EvaluationFailure('a number is too large');
  return value;
}
