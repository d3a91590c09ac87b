import { expect, test } from "vitest";
import { commandOf, type KeyedCommand, type KeyPress } from "./use-control-keys.ts";

const command = (id: string, shortcut?: string): KeyedCommand => ({
  id,
  label: id,
  icon: null,
  run: () => undefined,
  ...(shortcut === undefined ? {} : { shortcut }),
});
const COMMANDS = [command("copy"), command("next", "g"), command("take", "1")];

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  ...change,
});

test.each([
  ["a letter", press("g"), "next"],
  ["a letter with caps lock", press("G"), "next"],
  ["a digit", press("1"), "take"],
  ["a key of nobody", press("y"), undefined],
  ["the browser's own", press("g", { ctrlKey: true }), undefined],
  ["with Shift", press("G", { shiftKey: true }), undefined],
  ["held down", press("g", { repeat: true }), undefined],
])("%s", (_, pressed, id) => {
  expect(commandOf(pressed, COMMANDS)?.id).toBe(id);
});
