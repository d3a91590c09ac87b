import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FlvReader } from "../flv/file.ts";
import { RtmpServerSession } from "../rtmp/server-session.ts";
import { rtmpTargets } from "./targets-rtmp.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));

test.each(rtmpTargets.map((target) => [target.name, target] as const))("the seeds of %s are valid", (_, target) => {
  const seeds = target.seeds(fixture);
  expect(seeds.length).toBeGreaterThan(0);
  for (const seed of seeds) target.run(seed);
});

test("what FFmpeg sent to a server is understood to its end", () => {
  const session = new RtmpServerSession();
  const [request] = session.push(fixture("publish.rtmp"));
  expect(request).toMatchObject({ type: "publish", key: "key" });
  const events = session.accept();
  expect(events.at(-1)).toEqual({ type: "unpublish" });
  expect(events.filter((event) => event.type === "media" && event.kind === "video")).toHaveLength(5);
  expect(events[0]).toMatchObject({ type: "metadata", values: { width: 64, height: 36 } });
});

test("what FFmpeg wrote into a file is read to its end", () => {
  const tags = new FlvReader().push(fixture("both.flv"));
  expect(tags[0]).toMatchObject({ typeId: 18 });
  expect(tags.filter((tag) => tag.typeId === 9)).toHaveLength(5);
});
