import type { HealthSample } from "@rostrum/contract/health";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, type Show } from "../broadcasts/testing.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

test("a caller who names its newest sample gets what came after it", async () => {
  const { id: channelId, people } = await show.channel("newer");
  const { owner } = people;
  const { body: broadcast } = await owner.call("POST", "/broadcasts", { channelId, title: "Figures" });
  const path = `/broadcasts/${String(broadcast["id"])}/health`;
  const samplesOf = async (query: string): Promise<HealthSample[]> =>
    (await owner.call("GET", path + query)).body["samples"] as HealthSample[];

  const report = {
    type: "health",
    slate: null,
    connected: [],
    broadcastId: String(broadcast["id"]),
    source: null,
  } as const;
  await show.doors.onProgramState({ ...report, mediaTimeMs: 5000 });
  const [first] = await samplesOf("");
  // Instants have milliseconds: the next sample must be of a later one.
  await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(first!.at));
  await show.doors.onProgramState({ ...report, mediaTimeMs: 10_000 });

  expect((await samplesOf("")).map((sample) => sample.mediaTimeMs)).toEqual([5000, 10_000]);
  expect((await samplesOf(`?after=${first!.at}`)).map((sample) => sample.mediaTimeMs)).toEqual([10_000]);
  expect((await owner.call("GET", `${path}?after=yesterday`)).code).toBe("invalid_input");
});
