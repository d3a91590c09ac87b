import { MAX_PROBE_BYTES } from "@rostrum/media/probe/container";
import { expect, test } from "vitest";
import type { SourceEvent } from "../source-event.ts";
import { PipedSource } from "./piped-source.ts";
import { makeMedia, openRig } from "./testing.ts";

async function openSource(onEvent: (event: SourceEvent) => void): Promise<PipedSource> {
  const { ffmpeg, log } = await openRig();
  return new PipedSource({ ffmpeg, log, accepts: ["matroska"], resumes: false, onEvent, onRoom: () => {} });
}

test("what comes in messages of one byte is taken like any other", async () => {
  const media = await makeMedia(1, { format: "matroska" });
  const came = Promise.withResolvers<void>();
  const source = await openSource((event) => event.type === "sample" && came.resolve());
  for (let at = 0; at < 4000; at += 1) source.push(media.subarray(at, at + 1));
  source.push(media.subarray(4000));
  await came.promise;
  expect(source.contents).toEqual({ container: "matroska", video: "avc", audio: "aac" });
  source.abort();
  expect(await source.closed).toBeNull();
});

test("what never tells its tracks costs no more in many small messages than in one", async () => {
  // An EBML head, a segment of unknown length, and in it a void element that is longer than all that may come before the tracks.
  const head = Buffer.from("1a45dfa380" + "1853806701ffffffffffffff" + "ec0100000000ffffff", "hex");
  const source = await openSource(() => {});
  source.push(head);
  const message = new Uint8Array(8);
  for (let sent = 0; sent < MAX_PROBE_BYTES; sent += message.length) source.push(message);
  expect(await source.closed).toContain("no tracks announced within");
});
