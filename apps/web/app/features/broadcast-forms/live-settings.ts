/** The settings of a show as the control room checks and sends them. Pure. */
import { type OwnBroadcast, UpdateBroadcastBody } from "@rostrum/contract/broadcasts";

const FIELDS = [
  "title",
  "description",
  "visibility",
  "latencyMode",
  "dvrWindowSec",
  "reconnectWindowSec",
  "watermarkCorner",
  "ageRestricted",
  "minimumAge",
  "kidMode",
] as const satisfies readonly (keyof OwnBroadcast)[];

export type LiveSettings = Pick<OwnBroadcast, (typeof FIELDS)[number]>;

/** What of the show this form is about. */
export function settingsOf(broadcast: OwnBroadcast): LiveSettings {
  const { title, description, visibility, latencyMode, dvrWindowSec, reconnectWindowSec, watermarkCorner } = broadcast;
  const { ageRestricted, minimumAge, kidMode } = broadcast;
  return {
    ...{ title, description, visibility, latencyMode, dvrWindowSec, reconnectWindowSec, watermarkCorner },
    ...{ ageRestricted, minimumAge, kidMode },
  };
}

/** Which limit a field does not keep. */
export type Fault = "empty" | "tooLong" | "outOfRange";
export type Faults = Partial<Record<keyof LiveSettings, Fault>>;

/** By the same rules as the server's, while somebody types. */
export function faultsOf(values: LiveSettings): Faults {
  const checked = UpdateBroadcastBody.safeParse(values);
  const faults: Faults = {};
  for (const { path, code } of checked.error?.issues ?? []) {
    const field = FIELDS.find((name) => name === path[0]);
    if (field === undefined || field in faults) continue;
    const isText = typeof values[field] === "string";
    faults[field] = !isText ? "outOfRange" : code === "too_small" ? "empty" : "tooLong";
  }
  return faults;
}
