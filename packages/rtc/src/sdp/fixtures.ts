/** Descriptions for tests, short and whole. */

const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0").toUpperCase()).join(
  ":",
);

/** The transport of a peer, as lines of a section. */
export const TRANSPORT_LINES = [
  "a=ice-ufrag:abcd",
  "a=ice-pwd:0123456789abcdefghijkl",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  "a=setup:actpass",
] as const;

/** The same, read. */
export const TRANSPORT = {
  iceUfrag: "abcd",
  icePwd: "0123456789abcdefghijkl",
  iceOptions: ["trickle"],
  iceLite: false,
  fingerprint: { algorithm: "sha-256", value: FINGERPRINT },
  setup: "actpass",
  candidates: [],
  endOfCandidates: false,
} as const;

/** Ours in an answer. */
export const LOCAL = {
  ...TRANSPORT,
  iceUfrag: "ours",
  icePwd: "lkjihgfedcba9876543210",
  setup: "active",
  candidates: ["candidate:1 1 UDP 2122317823 192.0.2.1 7882 typ host"],
  endOfCandidates: true,
} as const;

/** Lines ended as RFC 8866 wants them. */
export function sdp(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n`;
}

/** A description of these sections, all bundled. */
export function session(mids: string, ...sections: readonly string[]): string {
  return sdp("v=0", "o=- 42 2 IN IP4 127.0.0.1", "s=-", "t=0 0", `a=group:BUNDLE ${mids}`, ...sections);
}

/** A browser's microphone. */
export const AUDIO_LINES = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 13 110",
  "c=IN IP4 0.0.0.0",
  "a=rtcp:9 IN IP4 0.0.0.0",
  ...TRANSPORT_LINES,
  "a=mid:0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=sendonly",
  "a=msid:stream-1 mic-1",
  "a=rtcp-mux",
  "a=rtcp-rsize",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "a=rtpmap:110 telephone-event/48000",
  "a=ssrc:1111 cname:them",
  "a=ssrc:1111 msid:stream-1 mic-1",
] as const;

/** A browser's camera in three layers, without ssrc lines as simulcast has it. */
export const VIDEO_LINES = [
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105 106 107 98 99",
  "c=IN IP4 0.0.0.0",
  ...TRANSPORT_LINES,
  "a=mid:1",
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "a=extmap:13 urn:3gpp:video-orientation",
  "a=sendonly",
  "a=msid:stream-1 cam-1",
  "a=rtcp-mux",
  "a=rtcp-rsize",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 goog-remb",
  "a=rtcp-fb:96 transport-cc",
  "a=rtcp-fb:96 ccm fir",
  "a=rtcp-fb:96 nack",
  "a=rtcp-fb:96 nack pli",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
  "a=rtpmap:102 H264/90000",
  "a=rtcp-fb:102 nack",
  "a=rtcp-fb:102 nack pli",
  "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
  "a=rtpmap:103 rtx/90000",
  "a=fmtp:103 apt=102",
  "a=rtpmap:104 H264/90000",
  "a=rtcp-fb:104 nack",
  "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
  "a=rtpmap:105 rtx/90000",
  "a=fmtp:105 apt=104",
  "a=rtpmap:106 H264/90000",
  "a=rtcp-fb:106 nack",
  "a=rtcp-fb:106 nack pli",
  "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  "a=rtpmap:107 rtx/90000",
  "a=fmtp:107 apt=106",
  "a=rtpmap:98 VP9/90000",
  "a=fmtp:98 profile-id=2",
  "a=rtpmap:99 rtx/90000",
  "a=fmtp:99 apt=98",
  "a=rid:q send",
  "a=rid:h send",
  "a=rid:f send",
  "a=simulcast:send q;h;f",
] as const;

export const DATA_LINES = [
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  ...TRANSPORT_LINES,
  "a=mid:2",
  "a=sctp-port:5000",
  "a=max-message-size:262144",
] as const;
