/** What every bus must do; each adapter's test runs this. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bus, type BusEvent, LagError } from "./bus.ts";

/** Declares the tests. `open` gives an empty bus; the suite closes it. */
export function busContract(open: () => Promise<Bus> | Bus): void {
  let bus: Bus;
  let stop: AbortController;
  beforeEach(async () => {
    bus = await open();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await bus.close();
  });

  const subscribe = (topic: string, after?: number): AsyncIterator<BusEvent> =>
    bus.subscribe(topic, { signal: stop.signal, ...(after === undefined ? {} : { after }) })[Symbol.asyncIterator]();

  test("what JSON cannot carry is refused and takes no number", async () => {
    await expect(bus.publish("t", undefined)).rejects.toThrow(TypeError);
    expect(await bus.publish("t", 1)).toBe(1);
  });

  test("a subscriber that wants events from before what is kept gets LagError", async () => {
    for (let n = 0; n < 1200; n += 1) await bus.publish("t", n);
    await expect(subscribe("t", 10).next()).rejects.toThrow(LagError);
  });

  test("a number that the topic has not reached is from another life: LagError", async () => {
    await bus.publish("t", 1);
    await expect(subscribe("t", 7).next()).rejects.toThrow(LagError);
  });

  test("a subscriber that falls behind gets LagError, others go on", async () => {
    const slow = subscribe("t");
    await bus.publish("t", "first");
    expect((await slow.next()).value).toMatchObject({ seq: 1 });
    for (let n = 0; n < 1100; n += 1) await bus.publish("t", n);
    const fresh = subscribe("t");
    await bus.publish("t", "last");
    await expect(slow.next()).rejects.toThrow(LagError);
    expect((await fresh.next()).value).toMatchObject({ seq: 1102, data: "last" });
  });

  test("numbers count from 1 within each topic, and head is the newest", async () => {
    expect(await bus.head("a")).toBe(0);
    expect([await bus.publish("a", 1), await bus.publish("b", 1), await bus.publish("a", 2)]).toEqual([1, 1, 2]);
    expect(await bus.head("a")).toBe(2);
  });

  test("what is kept can be read at once: the newest events and the head", async () => {
    expect(await bus.recent("t", 10)).toEqual({ head: 0, events: [] });
    for (let n = 1; n <= 1100; n += 1) await bus.publish("t", n);
    const { head, events } = await bus.recent("t", 3);
    expect([head, ...events.map(({ seq, data }) => [seq, data])]).toEqual([
      1100,
      [1098, 1098],
      [1099, 1099],
      [1100, 1100],
    ]);
    const all = await bus.recent("t", 5000);
    expect(all.events.length).toBeGreaterThanOrEqual(1000);
    expect(all.events.map(({ seq }) => seq)).toEqual(all.events.map((_, at) => 1100 - all.events.length + 1 + at));
    expect(await bus.recent("t", 0)).toEqual({ head: 1100, events: [] });
    expect(bus.life).toMatch(/^[0-9A-Za-z]{8,40}$/);
  });

  test("without a number only what is published from the call on arrives, in order", async () => {
    await bus.publish("t", "before");
    const events = subscribe("t");
    await bus.publish("t", "one");
    await bus.publish("t", { two: [2] });
    expect((await events.next()).value).toMatchObject({ seq: 2, data: "one" });
    expect((await events.next()).value).toMatchObject({ seq: 3, data: { two: [2] } });
  });

  test("with a number the later events are replayed, then the new ones follow", async () => {
    for (const n of [1, 2, 3]) await bus.publish("t", n);
    const events = subscribe("t", 1);
    expect((await events.next()).value).toMatchObject({ seq: 2, data: 2 });
    expect((await events.next()).value).toMatchObject({ seq: 3, data: 3 });
    const next = events.next();
    await bus.publish("t", 4);
    expect((await next).value).toMatchObject({ seq: 4, data: 4 });
  });

  test("every subscriber gets every event, and a copy of the data", async () => {
    const [a, b] = [subscribe("t"), subscribe("t")];
    const data = { list: [1] };
    await bus.publish("t", data);
    data.list.push(2);
    expect((await a.next()).value).toMatchObject({ data: { list: [1] } });
    expect((await b.next()).value).toMatchObject({ data: { list: [1] } });
  });

  test("an aborted signal ends the waiting subscriber", async () => {
    const next = subscribe("t").next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test("closing the bus ends every subscription", async () => {
    const next = subscribe("t").next();
    await bus.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
}
