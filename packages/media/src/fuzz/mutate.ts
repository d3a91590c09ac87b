/** Deterministic damage: the same seed, target and index always give the same bytes. */

/** A source of numbers in [0, limit). */
export type Random = (limit: number) => number;

const MAX_INPUT_BYTES = 128 * 1024;
const BYTES = [0, 1, 2, 0x0a, 0x22, 0x2c, 0x3d, 0x7f, 0x80, 0xfe, 0xff] as const;
const LENGTHS = [0, 1, 7, 8, 0x7f, 0x80, 0xff, 0xffff, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as const;
const NUMBERS = [
  "0",
  "-1",
  "1e9",
  "00000000000000000001",
  "9007199254740991",
  "9007199254740993",
  "0.0000001",
  "NaN",
] as const;
const ENCODER = new TextEncoder();

/** A generator of its own for each input, so that any of them can be made again alone. */
export function randomOf(seed: number, name: string, index: number): Random {
  let state = (seed ^ 0x9e37_79b9) >>> 0;
  for (const letter of `${name}#${index}`) state = Math.imul(state ^ letter.charCodeAt(0), 0x0100_0193) >>> 0;
  return (limit) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** One of the seeds with one to four kinds of damage; now and then a whole seed or pure noise. */
export function mutate(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const kind = random(64);
  if (kind === 0) return noise(random, random(512));
  let bytes: Uint8Array = new Uint8Array(pick(seeds, random));
  if (kind === 1) return bytes;
  for (let left = 1 + random(4); left > 0; left--) {
    const operation = OPERATIONS[random(OPERATIONS.length)] ?? flipBit;
    bytes = operation(bytes, random, seeds);
  }
  return bytes.subarray(0, MAX_INPUT_BYTES);
}

type Operation = (bytes: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array;

const OPERATIONS: readonly Operation[] = [
  flipBit,
  flipBit,
  setByte,
  setLength,
  setLength,
  nudgeLength,
  cutEnd,
  cutStart,
  removeRange,
  repeatRange,
  splice,
  insertNoise,
  replaceNumber,
];

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  return bytes;
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length > 0) bytes[random(bytes.length)] = BYTES[random(BYTES.length)] ?? 0;
  return bytes;
}

/** Overwrites what may be a length, count or offset by an extreme one. */
function setLength(bytes: Uint8Array, random: Random): Uint8Array {
  const size = 1 + random(4);
  if (bytes.length < size) return bytes;
  const at = random(bytes.length - size + 1);
  const left = bytes.length - at;
  const value = random(3) === 0 ? left - 1 + random(3) : (LENGTHS[random(LENGTHS.length)] ?? 0);
  const littleEndian = random(4) === 0;
  for (let i = 0; i < size; i++) {
    const shift = 8 * (littleEndian ? i : size - 1 - i);
    bytes[at + i] = Math.floor(value / 2 ** shift) % 256;
  }
  return bytes;
}

/** Off by a little: the error that most parsers make. */
function nudgeLength(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random(bytes.length);
  bytes[at] = (bytes[at] ?? 0) + random(9) - 4;
  return bytes;
}

function cutEnd(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, random(bytes.length + 1));
}

function cutStart(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(random(Math.min(bytes.length, 64) + 1));
}

function removeRange(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes, random);
  return join(bytes.subarray(0, start), bytes.subarray(end));
}

function repeatRange(bytes: Uint8Array, random: Random): Uint8Array {
  const [start, end] = range(bytes, random);
  const pieces = [bytes.subarray(0, end)];
  const room = MAX_INPUT_BYTES - bytes.length;
  const times = Math.min(1 + random(random(8) === 0 ? 256 : 4), Math.floor(room / Math.max(1, end - start)));
  for (let i = 0; i < times; i++) pieces.push(bytes.subarray(start, end));
  return join(...pieces, bytes.subarray(end));
}

function splice(bytes: Uint8Array, random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const other = pick(seeds, random);
  const [start, end] = range(other, random);
  const at = random(bytes.length + 1);
  const resume = random(2) === 0 ? at : Math.min(bytes.length, at + end - start);
  return join(bytes.subarray(0, at), other.subarray(start, end), bytes.subarray(resume));
}

function insertNoise(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  return join(bytes.subarray(0, at), noise(random, 1 + random(16)), bytes.subarray(at));
}

/** Replaces a run of digits: what a length is in text. */
function replaceNumber(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random(bytes.length + 1);
  const start = bytes.findIndex((byte, at) => at >= from && isDigit(byte));
  if (start < 0) return bytes;
  let end = start;
  while (isDigit(bytes[end])) end += 1;
  return join(bytes.subarray(0, start), ENCODER.encode(NUMBERS[random(NUMBERS.length)]), bytes.subarray(end));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function range(bytes: Uint8Array, random: Random): [number, number] {
  const start = random(bytes.length + 1);
  const longest = random(2) === 0 ? 16 : bytes.length;
  return [start, start + random(Math.min(longest, bytes.length - start) + 1)];
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

function pick(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  return seeds[random(seeds.length)] ?? new Uint8Array();
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
