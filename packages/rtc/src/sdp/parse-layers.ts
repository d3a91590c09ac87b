/** Reads rids and simulcast lines, as standardised and as the drafts before had them (RFC 8851, 8853). */
import type { Level } from "./lines.ts";
import type { Rid, Simulcast, SimulcastStream } from "./model.ts";

const RID = /^([A-Za-z0-9_-]{1,64}) (send|recv)(?: (.*))?$/;
const RID_NAME = /^~?[A-Za-z0-9_-]{1,64}$/;
const MAX_RIDS = 16;

/** In the order of their lines. */
export function parseRids(level: Level): readonly Rid[] {
  const rids: Rid[] = [];
  for (const { value } of level.all("rid")) {
    const [, id, direction, limits = ""] = RID.exec(value) ?? [];
    if (id === undefined || rids.length >= MAX_RIDS) continue;
    const parts = limits.split(";").map((part) => part.trim());
    const types =
      parts
        .find((part) => part.startsWith("pt="))
        ?.slice(3)
        .split(",") ?? [];
    rids.push({
      id,
      direction: direction as Rid["direction"],
      payloadTypes: types.filter((type) => /^\d{1,3}$/.test(type) && Number(type) <= 127).map(Number),
      limits: parts.filter((part) => part !== "" && !part.startsWith("pt=")).join(";"),
    });
  }
  return rids;
}

/** `send 1,~2;3 recv 4`; also ` send rid=1;2` of draft-ietf-mmusic-sdp-simulcast-03. Undefined when there is none of use. */
export function parseSimulcast(level: Level): Simulcast | undefined {
  const words = level.first("simulcast")?.value.split(/ +/) ?? [];
  const lists = { send: [] as readonly SimulcastStream[], recv: [] as readonly SimulcastStream[] };
  for (let at = 0; at + 1 < words.length; at += 2) {
    const direction = words[at];
    if (direction === "send" || direction === "recv") lists[direction] = parseStreams(words[at + 1] ?? "");
  }
  return lists.send.length + lists.recv.length > 0 ? lists : undefined;
}

function parseStreams(text: string): readonly SimulcastStream[] {
  const streams: SimulcastStream[] = [];
  for (const item of text.replace(/^rid=/, "").split(";")) {
    const names = item.split(",").filter((name) => RID_NAME.test(name));
    const [first, ...others] = names;
    if (first === undefined || streams.length >= MAX_RIDS) continue;
    const paused = first.startsWith("~");
    streams.push({ rid: paused ? first.slice(1) : first, paused, alternatives: others.slice(0, MAX_RIDS) });
  }
  return streams;
}
