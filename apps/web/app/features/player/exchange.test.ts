import { expect, test } from "vitest";
import { Exchange } from "./exchange.ts";

test("an exchange that is quick is never told", () => {
  const exchange = new Exchange();
  expect([exchange.isOn, exchange.isLate(0)]).toEqual([false, undefined]);
  exchange.begin("same_place", 100);
  expect([exchange.isOn, exchange.isLate(899)]).toEqual([true, undefined]);
  exchange.ended();
  expect([exchange.isOn, exchange.isLate(2000)]).toEqual([false, undefined]);
});

test("one that is late is told once, with its kind", () => {
  const exchange = new Exchange();
  exchange.begin("moved", 100);
  expect(exchange.isLate(900)).toBe("moved");
  expect([exchange.isOn, exchange.isLate(5000)]).toEqual([false, undefined]);
});
