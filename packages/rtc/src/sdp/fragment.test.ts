import { expect, test } from "vitest";
import { sdp } from "./fixtures.ts";
import { parseIceFragment } from "./fragment.ts";

const HOST = "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1";
const RELAY = "candidate:473322822 1 udp 41885439 192.0.2.3 61766 typ relay raddr 192.0.2.2 rport 6454";

test("credentials and candidates of a fragment are read (RFC 9725 §4.3.2)", () => {
  const text = sdp(
    ...["a=group:BUNDLE 0 1", "a=ice-ufrag:EsAw", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1"],
    ...["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", `a=${HOST}`, `a=${RELAY}`, "a=end-of-candidates"],
  );
  expect(parseIceFragment(text)).toEqual({
    iceUfrag: "EsAw",
    icePwd: "P2uYro0UCOQ4zxjKXaWCBui1",
    candidates: [HOST, RELAY],
    endOfCandidates: true,
  });
});

test("lines may end with LF, and credentials may be missing", () => {
  const fragment = { iceUfrag: undefined, icePwd: undefined, candidates: [HOST], endOfCandidates: false };
  expect(parseIceFragment(`m=video 9 UDP/TLS/RTP/SAVPF 0\na=mid:1\na=${HOST}\n`)).toEqual(fragment);
  expect(parseIceFragment("")).toEqual({ ...fragment, candidates: [] });
});

test.each([["{}"], ["candidate:1 1 udp 1 192.0.2.1 1 typ host"], ["a".repeat(70_000)]])(
  "%.20s is no fragment",
  (text) => {
    expect(parseIceFragment(text)).toBeUndefined();
  },
);

test("of many candidates the first 64 are read", () => {
  const lines = Array.from({ length: 100 }, () => `a=${HOST}`);
  expect(parseIceFragment(sdp(...lines))?.candidates).toHaveLength(64);
});
