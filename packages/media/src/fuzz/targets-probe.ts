/** Fuzz targets of what looks at the first bytes of a source. */
import { MalformedError } from "../errors.ts";
import { probeContainer } from "../probe/container.ts";
import { probeMpegTs } from "../probe/mpegts.ts";
import { MpegTsStart } from "../probe/mpegts-start.ts";
import type { FuzzTarget } from "./target.ts";

const CHUNK_BYTES = 1316;

/** The probe of each container, and the search for where a transport stream can be joined. */
export const probeTargets: readonly FuzzTarget[] = [
  { name: "probe-matroska", seeds: (fixture) => [fixture("both.webm")], run: probeAll },
  { name: "probe-mp4", seeds: (fixture) => [fixture("avc.mp4"), fixture("opus.mp4")], run: probeAll },
  { name: "probe-mpegts", seeds: (fixture) => [fixture("both.mpegts")], run: probeAll },
  { name: "mpegts-start", seeds: (fixture) => [fixture("both.mpegts")], run: startAll },
];

/** Whole, and as it would be in the middle of arriving. */
function probeAll(bytes: Uint8Array): void {
  probeContainer(bytes.subarray(0, bytes.length >> 1));
  if (probeContainer(bytes) === undefined) throw new MalformedError("no tracks in all of it", bytes.length, "fuzz");
}

function startAll(bytes: Uint8Array): void {
  const program = probeMpegTs(bytes);
  if (program === undefined) throw new MalformedError("no program in all of it", bytes.length, "fuzz");
  const start = new MpegTsStart(program);
  let passed = 0;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    passed += start.push(bytes.subarray(at, at + CHUNK_BYTES)).length;
  const tables = program.tables.reduce((sum, table) => sum + table.length, 0);
  if (passed > bytes.length + tables) throw new Error(`${passed} bytes out of ${bytes.length}`);
}
