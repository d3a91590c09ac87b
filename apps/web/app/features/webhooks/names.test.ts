import type { Webhook } from "@rostrum/contract/webhooks";
import { expect, test } from "vitest";
import { nameOf, stateOf } from "./names.ts";

const webhook = (values: Partial<Webhook> = {}): Webhook => ({
  ...{ id: "0".repeat(20), url: "https://example.org/hook?token=secret", description: "", events: ["follow"] },
  ...{ enabled: true, disabledReason: null, failingSince: null, createdAt: "2026-01-01T00:00:00.000Z" },
  ...values,
});

test.each([
  ["what it is for", { description: "Our site" }, "Our site"],
  ["else the host, without what may be a secret", {}, "example.org"],
  ["else what was typed", { url: "nowhere" }, "nowhere"],
])("is called by %s", (_, values, name) => {
  expect(nameOf(webhook(values))).toBe(name);
});

test.each([
  ["on", {}],
  ["failing", { failingSince: "2026-01-02T00:00:00.000Z" }],
  ["off", { enabled: false, failingSince: "2026-01-02T00:00:00.000Z" }],
  ["paused", { enabled: false, disabledReason: "Every attempt has failed for 3 days." }],
] as const)("is %s", (state, values) => {
  expect(stateOf(webhook(values))).toBe(state);
});
