import { expect, test } from "vitest";
import { arrived, emptyGate, foundEarlier, type Gate, moved, type Timed } from "./media-gate.ts";

const said = (id: string, mediaTimeMs: number | null): Timed => ({ id, mediaTimeMs });
const ids = ({ shown, waiting }: Gate<Timed>) => [shown.map(({ id }) => id).join(), waiting.map(({ id }) => id).join()];
const nobody = () => false;

test("a viewer 10 s behind sees chat as of that picture", () => {
  let gate = moved(emptyGate<Timed>(), 50_000);
  gate = arrived(gate, [said("early", 49_000), said("late", 60_000)], nobody);
  expect(ids(gate)).toEqual(["early", "late"]);
  gate = moved(gate, 59_999);
  expect(ids(gate)).toEqual(["early", "late"]);
  gate = moved(gate, 60_000);
  expect(ids(gate)).toEqual(["early,late", ""]);
});

test("what was said by somebody further behind comes at its own time, in the order of the pictures", () => {
  let gate = moved(emptyGate<Timed>(), 50_000);
  gate = arrived(gate, [said("b", 61_000), said("a", 60_000)], nobody);
  expect(ids(moved(gate, 70_000))).toEqual(["a,b", ""]);
});

test("one's own messages and those without a picture are shown at once", () => {
  const gate = moved(emptyGate<Timed>(), 0);
  expect(
    ids(arrived(gate, [said("mine", 9000), said("none", null), said("other", 9000)], ({ id }) => id === "mine")),
  ).toEqual(["mine,none", "other"]);
});

test("who goes back sees what was said until then, in the same order; a player's jitter is no jump", () => {
  let gate = moved(emptyGate<Timed>(), 60_000);
  gate = arrived(gate, [said("a", 10_000), said("b", 30_000), said("c", 59_500)], nobody);
  expect(ids(moved(gate, 59_000))).toEqual(["a,b,c", ""]);
  expect(ids(moved(gate, 20_000))).toEqual(["a", "b,c"]);
});

test("what was shown before the picture began waits for it, if the picture is that far behind", () => {
  const gate = arrived(emptyGate<Timed>(), [said("a", 10_000), said("b", 30_000), said("none", null)], nobody);
  expect(ids(moved(gate, 20_000))).toEqual(["a,none", "b"]);
  expect(ids(moved(gate, 29_000))).toEqual(["a,b,none", ""]);
});

test("older messages that are found stand before the others, or wait before them", () => {
  let gate = moved(emptyGate<Timed>(), 50_000);
  gate = arrived(gate, [said("c", 40_000), said("f", 70_000)], nobody);
  expect(ids(foundEarlier(gate, [said("a", 10_000), said("e", 60_000), said("b", 20_000)]))).toEqual(["a,b,c", "e,f"]);
});

test("switched off, everything is shown", () => {
  let gate = moved(emptyGate<Timed>(), 0);
  gate = arrived(gate, [said("a", 10_000)], nobody);
  gate = moved(gate, null);
  expect(ids(gate)).toEqual(["a", ""]);
  expect(ids(arrived(gate, [said("b", 90_000)], nobody))).toEqual(["a,b", ""]);
});

test("nothing due is the same gate", () => {
  const gate = moved(emptyGate<Timed>(), 5);
  expect(moved(gate, 5)).toBe(gate);
});
