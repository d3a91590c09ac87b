/** Texts and code fit together: no text that nobody shows, no name of a text that is not there. */
import { expect, test } from "vitest";
import { RESOURCES } from "./create.ts";

const SOURCES = Object.entries(
  import.meta.glob<string>("../**/*.{ts,tsx}", { eager: true, query: "?raw", import: "default" }),
).flatMap(([file, source]) => (file.endsWith(".test.ts") ? [] : [source]));
const CODE = SOURCES.join("\n");

/** As code names them: `feature:a.b`, without plural endings; those for all pages without a prefix. */
const KEYS = new Set(
  Object.entries(RESOURCES).flatMap(([name, texts]) =>
    leavesOf(texts).map((leaf) => (name === "common" ? leaf : `${name}:${leaf}`).replace(/_(one|other)$/, "")),
  ),
);

function leavesOf(texts: object, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null ? leavesOf(value, `${prefix}${name}.`) : [prefix + name],
  );
}

/** Named as a whole, or by a template that ends in its last part: `category.${name}`. */
function isUsed(key: string): boolean {
  if (CODE.includes(`"${key}"`)) return true;
  const parts = key.split(/(?<=[.:])/);
  return parts.some((_, index) => index > 0 && CODE.includes(`\`${parts.slice(0, index).join("")}\${`));
}

test("every text is shown somewhere", () => {
  expect([...KEYS].filter((key) => !isUsed(key))).toEqual([]);
});

test("every name of a text has one", () => {
  const named = [...CODE.matchAll(/"([a-z-]+:[A-Za-z0-9.]+)"/g)].map(([, key = ""]) => key);
  const ours = named.filter((key) => (key.split(":", 1)[0] ?? "") in RESOURCES);
  expect(ours.length).toBeGreaterThan(100);
  expect(ours.filter((key) => !KEYS.has(key))).toEqual([]);
});
