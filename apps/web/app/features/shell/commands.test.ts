import { expect, test } from "vitest";
import type { Command } from "../../lib/page-commands.tsx";
import { matching } from "./commands.ts";

const command = (label: string, words?: string): Command => ({
  id: label,
  label,
  icon: null,
  run: () => undefined,
  ...(words === undefined ? {} : { words }),
});

const COMMANDS = [
  command("Go live"),
  command("End show…", "stop finish over"),
  command("Take the backup encoder"),
  command("Slow mode: 30 seconds"),
  command("Slow mode off"),
  command("Show panel: Recording"),
  command("Go to the dashboard"),
  command("Backup settings"),
];

const found = (text: string) => matching(COMMANDS, text).map(({ label }) => label);

test.each([
  ["the beginning of the name is best", "go", ["Go live", "Go to the dashboard"]],
  ["a name that begins so is before one with such a word", "backup", ["Backup settings", "Take the backup encoder"]],
  ["in any order of the words", "mode slow off", ["Slow mode off"]],
  ["the first letters of the words", "gl", ["Go live"]],
  ["another name", "stop", ["End show…"]],
  ["the beginning of the name is before a later word", "show", ["Show panel: Recording", "End show…"]],
  ["a slip of the finger", "dshbrd", ["Go to the dashboard"]],
  ["every word must fit", "slow backup", []],
  ["letters that are scattered too far are no name", "gqz", []],
])("%s", (_, text, labels) => {
  expect(found(text)).toEqual(labels);
});

test("signs have no meaning, and a flood of them does no harm", () => {
  expect(found("(.*)")).toEqual([]);
  expect(found("[".repeat(10_000))).toEqual([]);
});
