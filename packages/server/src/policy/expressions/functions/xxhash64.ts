// XXH64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md) with seed 0.
const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

const wrap = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint) => wrap((value << by) | (value >> (64n - by)));
const round = (lane: bigint, input: bigint) => wrap(rotate(wrap(lane + input * prime2), 31n) * prime1);

/** With the highest byte first. */
export function xxhash64(data: Buffer): Buffer {
  const stripes = data.length - (data.length % 32);
  let hash = stripes === 0 ? prime5 : mergeLanes(data, stripes);
  hash = addRest(wrap(hash + BigInt(data.length)), data.subarray(stripes));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(avalanche(hash));
  return bytes;
}

function mergeLanes(data: Buffer, end: number): bigint {
  const lanes = [wrap(prime1 + prime2), prime2, 0n, wrap(-prime1)];
  for (let at = 0; at < end; at += 8) {
    const lane = (at >> 3) & 3;
    lanes[lane] = round(lanes[lane] as bigint, data.readBigUInt64LE(at));
  }
  const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
  let hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
  for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * prime1 + prime4);
  return hash;
}

function addRest(start: bigint, rest: Buffer): bigint {
  let [hash, at] = [start, 0];
  for (; at + 8 <= rest.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, rest.readBigUInt64LE(at)), 27n) * prime1 + prime4);
  }
  if (at + 4 <= rest.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(rest.readUInt32LE(at)) * prime1), 23n) * prime2 + prime3);
    at += 4;
  }
  for (; at < rest.length; at++) hash = wrap(rotate(hash ^ wrap(BigInt(rest[at] as number) * prime5), 11n) * prime1);
  return hash;
}

function avalanche(start: bigint): bigint {
  const second = wrap((start ^ (start >> 33n)) * prime2);
  const third = wrap((second ^ (second >> 29n)) * prime3);
  return third ^ (third >> 32n);
}
