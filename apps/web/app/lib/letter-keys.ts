/** Whether single letters and digits are shortcuts: one switch for players and the control room (WCAG 2.1.4). Browser only. */

/** The player keeps it among its own preferences. */
const KEY = "rostrum.player";

/** True unless somebody switched them off on this device. */
export function letterKeysOn(): boolean {
  return stored()["letterKeys"] !== false;
}

export function setLetterKeys(isOn: boolean): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), letterKeys: isOn }));
  } catch {
    // Not remembered, nothing lost.
  }
}

function stored(): Record<string, unknown> {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof known === "object" && known !== null ? { ...known } : {};
  } catch {
    return {};
  }
}

const BUSY =
  "input, textarea, select, [contenteditable=true], [role=dialog], [role=alertdialog], [role=menu], [role=listbox], [role=combobox]";

/** True where keys belong to what has the focus: text fields, menus, dialogs. */
export function ownsKeys(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest(BUSY) !== null);
}
