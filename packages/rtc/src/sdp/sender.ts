/** How a section announces what we send. */
import type { MediaSection } from "./model.ts";
import type { Sender } from "./wants.ts";

/** @param hasRtx whether a codec of the section has a retransmission format: else the sender's RTX source is not named */
export function sourcesOf(
  sender: Sender | undefined,
  hasRtx: boolean,
): Pick<MediaSection, "msids" | "sources" | "sourceGroups"> {
  if (sender === undefined) return { msids: [], sources: [], sourceGroups: [] };
  const { msid, cname, ssrc, rtxSsrc } = sender;
  const media = { ssrc, cname, msid };
  if (rtxSsrc === undefined || !hasRtx) return { msids: [msid], sources: [media], sourceGroups: [] };
  return {
    msids: [msid],
    sources: [media, { ssrc: rtxSsrc, cname, msid }],
    sourceGroups: [{ semantics: "FID", ssrcs: [ssrc, rtxSsrc] }],
  };
}
