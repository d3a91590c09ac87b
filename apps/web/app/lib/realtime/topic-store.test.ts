import { ApiError } from "@rostrum/client/api-error";
import type { TopicFollower } from "@rostrum/client/realtime-topic";
import { expect, test } from "vitest";
import { createTopicStore, type TopicReducer } from "./topic-store.ts";

const SUM: TopicReducer<number> = {
  initial: 0,
  reset: (snapshot) => Number(snapshot),
  apply: (state, events) => events.reduce<number>((sum, event) => sum + Number(event), state),
};

function start() {
  let follower: TopicFollower | undefined;
  const shown: (string | undefined)[] = [];
  let run: (() => void) | undefined;
  let left = 0;
  const store = createTopicStore(
    SUM,
    (next, token) => {
      follower = next;
      shown.push(token);
      return () => {
        left += 1;
        follower = undefined;
      };
    },
    (next) => {
      run = next;
      return () => (run = undefined);
    },
  );
  return { store, shown, follower: () => follower, frame: () => run?.(), left: () => left };
}

const NO = new ApiError("age_restricted", "Confirm your age first.", { status: 0 });

test("a token is shown only when the page itself is refused; a fresh one is shown once, and what is known stays", () => {
  const { store, shown, follower, left } = start();
  store.hold("first");
  store.subscribe(() => {});
  expect(shown).toEqual([undefined]);
  follower()!.onRefused!(NO);
  expect([shown, left(), store.state().phase]).toEqual([[undefined, "first"], 1, "loading"]);
  follower()!.onReset(10);
  // It is renewed while it is good: nothing is asked.
  store.hold("second");
  expect(shown).toHaveLength(2);
  // The former has run out.
  follower()!.onRefused!(NO);
  expect([shown.at(-1), store.state()]).toEqual(["second", { phase: "ready", state: 10, refusal: null }]);
  follower()!.onRefused!(NO);
  expect([shown.length, store.state().phase]).toEqual([3, "refused"]);
  store.hold("second");
  expect(shown).toHaveLength(3);
  store.hold("third");
  follower()!.onReset(11);
  expect([shown.at(-1), store.state()]).toEqual(["third", { phase: "ready", state: 11, refusal: null }]);
});

test("without a token, and once nobody listens, a refusal is the last word", () => {
  const { store, shown, follower } = start();
  const leave = store.subscribe(() => {});
  follower()!.onRefused!(NO);
  expect(store.state().phase).toBe("refused");
  leave();
  store.hold("late");
  expect(shown).toEqual([undefined]);
});

test("is followed while somebody listens, and no longer", () => {
  const { store, follower, left } = start();
  expect(follower()).toBeUndefined();
  const one = store.subscribe(() => {});
  const two = store.subscribe(() => {});
  one();
  expect(follower()).toBeDefined();
  two();
  expect([follower(), left()]).toEqual([undefined, 1]);
});

test("events of one frame tell the listeners once; a new state takes the place of what came before it", () => {
  const { store, follower, frame } = start();
  const seen: number[] = [];
  store.subscribe(() => seen.push(store.state().state));
  follower()!.onReset(10);
  follower()!.onEvent(1);
  follower()!.onEvent(2);
  frame();
  follower()!.onEvent(5);
  follower()!.onReset(100);
  frame();
  expect(seen).toEqual([10, 13, 18, 100]);
  expect(store.state().phase).toBe("ready");
});

test("a refusal says why and leaves what was known", () => {
  const { store, follower } = start();
  store.subscribe(() => {});
  follower()!.onReset(10);
  const refusal = new ApiError("forbidden", "This chat is for members.", { status: 0 });
  follower()!.onRefused!(refusal);
  expect(store.state()).toEqual({ phase: "refused", state: 10, refusal });
});
