import { ApiError } from "@rostrum/client/api-error";
import { expect, test } from "vitest";
import { withFreshSession } from "./fresh-session.ts";

const refusal = (status: number) => new ApiError("forbidden", `refused with ${status}`, { status });

/** Refuses with `status` until the session was renewed. */
function setUp(status: number, renewal: () => boolean = () => true) {
  let fresh = false;
  const calls: string[] = [];
  const answer = withFreshSession(
    async () => {
      calls.push("renew");
      fresh = renewal();
      return fresh;
    },
    async () => {
      calls.push("ask");
      if (!fresh) throw refusal(status);
      return "own view";
    },
  );
  return { answer, calls };
}

test.each([403, 404])("a stranger's refusal, %i, is asked again with a fresh session", async (status) => {
  const { answer, calls } = setUp(status);
  expect(await answer).toBe("own view");
  expect(calls).toEqual(["ask", "renew", "ask"]);
});

test("a session that has ended leaves the refusal as it is", async () => {
  const { answer, calls } = setUp(403, () => false);
  await expect(answer).rejects.toThrow("refused with 403");
  expect(calls).toEqual(["ask", "renew"]);
});

test("a renewal that did not get through is told as what it is, so that it is tried again", async () => {
  const { answer } = setUp(403, () => {
    throw new ApiError("offline", "The server cannot be reached.", { status: 0 });
  });
  await expect(answer).rejects.toThrow("cannot be reached");
});

test("a refusal that is not about the person renews nothing", async () => {
  const { answer, calls } = setUp(500);
  await expect(answer).rejects.toThrow("refused with 500");
  expect(calls).toEqual(["ask"]);
});
