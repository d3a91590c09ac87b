/** The rooms of guests at the main HTTP port. */
import type { LiveKit } from "../livekit/livekit.ts";
import type { HttpListener } from "./http-listener.ts";

/** What comes for the rooms goes on to the SFU. Where LiveKit is elsewhere, its clients go there: nothing is opened here. */
export function openRooms(livekit: Pick<LiveKit, "door"> | null, http: HttpListener): void {
  const door = livekit?.door;
  if (door === undefined) return;
  http.rooms = door;
  http.upgrades.set("/rtc", (req, socket, head) => door.handleUpgrade(req, socket, head));
}
