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
