import { expect, test } from "vitest";
import { busContract } from "../ports/bus.contract.ts";
import { LagError } from "../ports/bus.ts";
import { createMemoryBus } from "./bus-memory.ts";

busContract(createMemoryBus);

test("publishing on a closed bus is refused", async () => {
  const bus = createMemoryBus();
  await bus.close();
  await expect(bus.publish("t", 1)).rejects.toThrow("The bus is closed.");
});

test("many topics: the quietest forgets its events but not its number", async () => {
  const bus = createMemoryBus();
  await bus.publish("old", 1);
  for (let n = 0; n < 2000; n += 1) await bus.publish(`t${n}`, n);
  expect(await bus.publish("old", 2)).toBe(2);
  const { signal } = new AbortController();
  const events = bus.subscribe("old", { after: 0, signal })[Symbol.asyncIterator]();
  await expect(events.next()).rejects.toThrow(LagError);
  await bus.close();
});

test("a topic that was quiet for an hour forgets its events but not its number, others do not", async () => {
  let nowMs = 0;
  const bus = createMemoryBus(() => nowMs);
  await bus.publish("over", 1);
  nowMs = 60_000;
  await bus.publish("running", 1);
  nowMs = 3_600_000;
  await bus.publish("anything", 1);
  const { signal } = new AbortController();
  const firstOf = (topic: string) => bus.subscribe(topic, { after: 0, signal })[Symbol.asyncIterator]().next();
  await expect(firstOf("over")).rejects.toThrow(LagError);
  expect((await firstOf("running")).value).toMatchObject({ seq: 1 });
  expect(await bus.publish("over", 2)).toBe(2);
  await bus.close();
});
