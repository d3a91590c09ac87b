import { expect, test } from "vitest";
import type { IngestGrant } from "../plane.ts";
import type { Publisher } from "./publisher.ts";
import { Publishers } from "./publishers.ts";

const REFUSAL =
  "Another encoder is already live with this key; stop it first, or allow take-over in the channel's settings.";

function publisher(id: string, grant: Partial<IngestGrant> = {}): Publisher & { told: string[] } {
  const told: string[] = [];
  return {
    id,
    grant: {
      channelId: "c",
      broadcastId: "b",
      slot: "primary",
      secondPublisher: "refuse",
      dvrWindowSec: 0,
      ...grant,
    },
    protocol: "rtmp",
    remote: "127.0.0.1",
    encoder: null,
    connectedAt: new Date(0),
    end: (reason) => told.push(reason),
    told,
  };
}

test("a second encoder with the same key is refused while the first one sends", () => {
  const publishers = new Publishers();
  const first = publisher("1");
  expect(publishers.admit(first, 0)).toEqual({ ok: true, displaced: undefined });
  publishers.heard(first, 5000);
  expect(publishers.admit(publisher("2"), 9000)).toEqual({ ok: false, message: REFUSAL });
  expect(publishers.size).toBe(1);
});

test("it takes over when the channel allows it, and when the first one is silent or drained", () => {
  const publishers = new Publishers();
  const first = publisher("1");
  const second = publisher("2", { secondPublisher: "take_over" });
  const third = publisher("3");
  const fourth = publisher("4", { broadcastId: "next" });
  publishers.admit(first, 0);
  expect(publishers.admit(second, 100)).toEqual({ ok: true, displaced: first });
  publishers.remove(first);
  expect(publishers.admit(third, 4101)).toEqual({ ok: true, displaced: second });
  publishers.remove(second);
  publishers.drain("b");
  expect(publishers.admit(fourth, 4102)).toEqual({ ok: true, displaced: third });
});

test("the other slot and other channels are free", () => {
  const publishers = new Publishers();
  publishers.admit(publisher("1"), 0);
  expect(publishers.admit(publisher("2", { slot: "backup" }), 0).ok).toBe(true);
  expect(publishers.admit(publisher("3", { channelId: "d", broadcastId: "e" }), 0).ok).toBe(true);
  expect([publishers.inUse("c", "backup"), publishers.inUse("d", "backup")]).toEqual([true, false]);
});

test("only the encoders of the named slot are told to end; a drained one feeds nothing", () => {
  const publishers = new Publishers();
  const primary = publisher("1");
  const backup = publisher("2", { slot: "backup" });
  publishers.admit(primary, 0);
  publishers.admit(backup, 0);
  publishers.end("c", "backup", "The key was changed.");
  expect([primary.told, backup.told]).toEqual([[], ["The key was changed."]]);
  expect(publishers.feeds("b")).toBe(true);
  publishers.drain("b");
  expect(publishers.feeds("b")).toBe(false);
});

test("the encoders of one broadcast are cut in both slots, drained ones too, and no others", () => {
  const publishers = new Publishers();
  const all = [publisher("1"), publisher("2", { slot: "backup" }), publisher("3", { broadcastId: "next" })];
  for (const one of all.slice(0, 2)) publishers.admit(one, 0);
  publishers.drain("b");
  publishers.admit(all[2]!, 1);
  publishers.cut("b", "Too late.");
  expect(all.map((one) => one.told)).toEqual([["Too late."], ["Too late."], []]);
});
