/** What the library is told: its configuration, and descriptions of one made-up video section in place of the real ones. */
import type { RtcConfig } from "node-datachannel";
import type { Codec, DataSection, MediaSection, Section, SessionDescription, Transport } from "../sdp/model.ts";
import { serializeSdp } from "../sdp/serialize.ts";
import type { PipeOptions } from "./options.ts";

/** What is left of a packet's 1,500 bytes when tunnels have taken theirs. */
const MTU_BYTES = 1_400;
/** Payload type of the made-up section. Nothing is ever sent or expected under it. */
export const FAKE_PAYLOAD_TYPE = 96;

export const DEFAULT_MAX_MESSAGE_BYTES = 262_144;

/** Mids of the two sections that the library sees. */
export type FakeMids = Readonly<{ media: string; data: string }>;
export const FAKE_MIDS: FakeMids = { media: "fake", data: "data" };

/** Options in the library's words. */
export function nativeConfig(options: PipeOptions): RtcConfig {
  const { bindAddress, udpPort, turnServers = [], maxMessageSizeBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  return {
    iceServers: turnServers.map((server) => ({ ...server, relayType: "TurnUdp" as const })),
    ...(bindAddress === undefined ? {} : { bindAddress }),
    ...(udpPort === undefined ? {} : { enableIceUdpMux: true, portRangeBegin: udpPort, portRangeEnd: udpPort }),
    maxMessageSize: maxMessageSizeBytes,
    mtu: MTU_BYTES,
    // SRTP keys are wanted whatever the sections say.
    forceMediaTransport: true,
  };
}

/** The peer's description with all its media sections replaced by one that both send and receive in. Without candidates. */
export function fakeRemote(remote: SessionDescription, hasData: boolean, mids: FakeMids): string {
  const data = remote.sections.find((section): section is DataSection => isOpenData(section));
  const sections: Section[] = [fakeMedia(mids.media)];
  if (hasData) sections.push(fakeData(mids.data, data?.maxMessageSizeBytes ?? 0));
  const transport: Transport = { ...remote.transport, candidates: [], endOfCandidates: false };
  return serializeSdp({
    sessionId: "1",
    sessionVersion: "1",
    bundle: sections.map(({ mid }) => mid),
    transport,
    extmapAllowMixed: false,
    sections,
  });
}

/** Whether the peer has data channels to offer. */
export function hasOpenData(description: SessionDescription): boolean {
  return description.sections.some(isOpenData);
}

function isOpenData(section: Section): boolean {
  return section.kind === "application" && !section.rejected;
}

const FAKE_CODEC: Codec = {
  payloadType: FAKE_PAYLOAD_TYPE,
  name: "VP8",
  clockRate: 90_000,
  channels: 1,
  fmtp: "",
  feedback: [],
};

function fakeMedia(mid: string): MediaSection {
  return {
    ...{ kind: "video", mid, rejected: false, protocol: "UDP/TLS/RTP/SAVPF", direction: "sendrecv" },
    ...{ codecs: [FAKE_CODEC], extensions: [], msids: [], rids: [], sources: [], sourceGroups: [] },
    ...{ rtcpMux: true, rtcpReducedSize: false },
  };
}

function fakeData(mid: string, maxMessageSizeBytes: number): DataSection {
  const protocol = "UDP/DTLS/SCTP";
  return { kind: "application", mid, rejected: false, protocol, sctpPort: 5_000, maxMessageSizeBytes };
}
