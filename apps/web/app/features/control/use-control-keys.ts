/** The control room's single keys. None of them acts while somebody types, or where a menu or a dialog has the keys. */
import { useEffect } from "react";
import { letterKeysOn, ownsKeys } from "../../lib/letter-keys.ts";
import type { Command } from "../../lib/page-commands.tsx";
import type { Shortcut } from "../../lib/page-handle.ts";

/** A command with a key of its own: one letter or digit, lower case. */
export type KeyedCommand = Command & Readonly<{ shortcut?: string }>;

/** For the page's sheet of shortcuts. */
export const CONTROL_SHORTCUTS: readonly Shortcut[] = [
  { keys: ["G"], message: "control:keys.next" },
  { keys: ["M"], message: "control:keys.mark" },
  { keys: ["1 – 9"], message: "control:keys.take" },
  { keys: ["0"], message: "control:keys.slate" },
  { keys: ["U"], message: "control:keys.mute" },
  { keys: ["C"], message: "control:keys.chat" },
  { keys: ["X"], message: "control:keys.shield" },
  { keys: ["A"], message: "control:keys.arrange" },
  { keys: ["K", "M", "F"], message: "control:keys.monitor" },
];

/** What of an event decides. */
export type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "repeat">;

/** The command that a key stands for; undefined when it is none of ours. A key that is held down acts once. */
export function commandOf(press: KeyPress, commands: readonly KeyedCommand[]): KeyedCommand | undefined {
  const { key, ctrlKey, metaKey, altKey, shiftKey, repeat } = press;
  if (ctrlKey || metaKey || altKey || shiftKey || repeat) return undefined;
  return commands.find(({ shortcut }) => shortcut === key.toLowerCase());
}

export function useControlKeys(commands: readonly KeyedCommand[]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // What has the focus comes first: the monitor has keys of its own.
      if (event.defaultPrevented || ownsKeys(event.target) || !letterKeysOn()) return;
      const command = commandOf(event, commands);
      if (command === undefined) return;
      event.preventDefault();
      command.run();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [commands]);
}
