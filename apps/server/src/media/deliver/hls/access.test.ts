/** Who is let in, while everything answers and while it does not. */
import { expect, test } from "vitest";
import { createManualClock } from "../../../lib/clock.ts";
import { OPEN } from "../testing.ts";
import { AccessCheck } from "./access.ts";

const IN = { ok: true, isPrivate: true };

/** A show that needs a token; what becomes of it, and of the answers, is in the test's hands. */
function start() {
  const clock = createManualClock();
  const now = { tokensFor: "the registered", answer: async (token: string): Promise<boolean> => token === "good" };
  const asked: string[] = [];
  const doors = {
    playbackPolicy: async () => ({ ...OPEN, needsToken: true, tokensFor: now.tokensFor }),
    verifyPlaybackToken: (token: string) => {
      asked.push(token);
      return now.answer(token);
    },
  };
  const access = new AccessCheck(doors, clock);
  return { clock, now, asked, check: (token?: string) => access.check("show", token) };
}

test("a token is asked about once in twenty seconds, and at once when others are needed", async () => {
  const { clock, now, asked, check } = start();
  expect(await check()).toMatchObject({ ok: false, code: "forbidden" });
  expect(await check("bad")).toMatchObject({ ok: false, code: "invalid_token" });
  expect([await check("good"), await check("good")]).toEqual([IN, IN]);
  expect(asked).toEqual(["bad", "good"]);
  clock.advance(20_000);
  await check("good");
  now.answer = async () => false;
  expect(await check("good")).toEqual(IN);
  now.tokensFor = "the registered, after one was revoked";
  expect(await check("good")).toMatchObject({ ok: false, code: "invalid_token" });
  expect(asked).toHaveLength(4);
});

test("who was let in goes on for a minute while nothing can be found out; nobody else is let in", async () => {
  const { clock, now, check } = start();
  await check("good");
  now.answer = () => Promise.reject(new Error("away"));
  await expect(check("other")).rejects.toThrow("away");
  for (let sec = 10; sec < 60; sec += 10) {
    clock.advance(10_000);
    expect(await Promise.all([check("good"), check("good")])).toEqual([IN, IN]);
  }
  clock.advance(10_000);
  await expect(check("good")).rejects.toThrow("away");
});
