/** Walks over the boxes of a byte range. ISO/IEC 14496-12 §4.2. */
import { ByteReader } from "../bytes.ts";
import { MalformedError } from "../errors.ts";

const SPEC = "ISO/IEC 14496-12 §4.2";
const MAX_BOXES = 10_000;

/** One box. `payload` is a view of what follows size and type; `offset` is where the box starts in the walked bytes. */
export type Box = Readonly<{ type: string; offset: number; sizeBytes: number; payload: Uint8Array }>;

/** Version, flags and what follows them. */
export type FullBox = Readonly<{ version: number; flags: number; reader: ByteReader }>;

/**
 * The boxes in `bytes`, one level deep. A size of 0 reaches to the end.
 * @throws {MalformedError} while iterating: a box shorter than its header or longer than what is left, or more than 10,000 boxes
 */
export function* iterateBoxes(bytes: Uint8Array): Generator<Box, void> {
  let offset = 0;
  for (let count = 0; offset < bytes.length; count++) {
    if (count === MAX_BOXES) throw new MalformedError(`more than ${MAX_BOXES} boxes`, offset, SPEC);
    const header = readHeader(bytes, offset);
    const end = offset + header.sizeBytes;
    yield { ...header, offset, payload: bytes.subarray(offset + header.headerBytes, end) };
    offset = end;
  }
}

/** The first box of that type, one level deep. @throws as iterateBoxes */
export function findBox(bytes: Uint8Array, type: string): Box | undefined {
  for (const box of iterateBoxes(bytes)) if (box.type === type) return box;
  return undefined;
}

/** Follows `path` of types inwards. @throws {MalformedError} a box of the path is missing, or as iterateBoxes */
export function needBox(bytes: Uint8Array, ...path: readonly string[]): Box {
  let found: Box | undefined;
  for (const type of path) {
    const next = findBox(found?.payload ?? bytes, type);
    if (next === undefined) throw new MalformedError(`no ${type} box (${path.join("/")})`, found?.offset ?? 0, SPEC);
    found = next;
  }
  if (found === undefined) throw new RangeError("an empty path");
  return found;
}

/** Opens a box that has version and flags. @throws {MalformedError} it is shorter than 4 bytes */
export function openFullBox(box: Box): FullBox {
  const reader = new ByteReader(box.payload, `ISO/IEC 14496-12, ${box.type}`);
  return { version: reader.u8(), flags: reader.u24(), reader };
}

/** Size of the box at the start of `bytes`, or undefined when its header is not complete. 0 stands for "to the end". @throws {MalformedError} shorter than its header */
export function peekBoxSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined;
  const reader = new ByteReader(bytes, SPEC);
  const size = reader.u32();
  if (size === 1 && bytes.length < 16) return undefined;
  reader.skip(4);
  const sizeBytes = size === 1 ? reader.u64() : size;
  if (sizeBytes !== 0 && sizeBytes < reader.position) throw new MalformedError(`box of ${sizeBytes} bytes`, 0, SPEC);
  return sizeBytes;
}

function readHeader(bytes: Uint8Array, offset: number): { type: string; sizeBytes: number; headerBytes: number } {
  const left = bytes.length - offset;
  const reader = new ByteReader(bytes.subarray(offset), SPEC);
  const size = reader.u32();
  const type = reader.fourCc();
  const sizeBytes = size === 0 ? left : size === 1 ? reader.u64() : size;
  const headerBytes = reader.position;
  if (sizeBytes < headerBytes || sizeBytes > left) {
    throw new MalformedError(`${JSON.stringify(type)} box of ${sizeBytes} bytes, ${left} left`, offset, SPEC);
  }
  return { type, sizeBytes, headerBytes };
}
