/** Source events out of an FLV byte stream: what FFmpeg writes and what prepared videos are kept as. */
import { FlvReader } from "@rostrum/media/flv/file";
import { SampleMapper } from "../rtmp/map-samples.ts";
import type { SourceEvent } from "../source-event.ts";

/** Tag types of FLV and RTMP; what else comes is metadata, which this source does not need. */
const KINDS = new Map<number, "audio" | "video">([
  [8, "audio"],
  [9, "video"],
]);

/**
 * Reads no further ahead than it is asked, and destroys `body` when it is left.
 * @throws {MalformedError | ProtocolViolation | UnsupportedError} it is no such FLV
 */
export async function* readFlvEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SourceEvent> {
  const tags = new FlvReader();
  const mapper = new SampleMapper();
  for await (const chunk of body) {
    for (const { typeId, timestampMs, payload } of tags.push(chunk)) {
      const kind = KINDS.get(typeId);
      if (kind !== undefined) yield* mapper.media({ kind, timestampMs, data: payload });
    }
  }
}
