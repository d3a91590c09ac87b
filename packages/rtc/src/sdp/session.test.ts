import { ProtocolViolation } from "@rostrum/media/errors";
import { expect, test } from "vitest";
import { AUDIO_LINES, DATA_LINES, session, VIDEO_LINES } from "./fixtures.ts";
import { parseSdp } from "./parse.ts";
import { isIceRestart, requireSuccessor, sameTransport } from "./session.ts";

const first = parseSdp(session("0 2", ...AUDIO_LINES, ...DATA_LINES));

test("later offers add sections behind the known ones", () => {
  const next = parseSdp(session("0 2 1", ...AUDIO_LINES, ...DATA_LINES, ...VIDEO_LINES));
  expect(() => requireSuccessor(first, next)).not.toThrow();
  expect(() => requireSuccessor(next, first)).toThrow("2 sections after 3: they may be rejected, not left out");
});

test("a section changes its kind or mid only after it was rejected", () => {
  const swapped = parseSdp(session("2 0", ...DATA_LINES, ...AUDIO_LINES));
  expect(() => requireSuccessor(first, swapped)).toThrow(
    new ProtocolViolation("section 0 was audio with mid 0 and is now application with mid 2"),
  );
  const stopped = parseSdp(session("2", "m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=mid:0", ...DATA_LINES));
  expect(() => requireSuccessor(first, stopped)).not.toThrow();
  expect(() => requireSuccessor(stopped, parseSdp(session("1 2", ...VIDEO_LINES, ...DATA_LINES)))).not.toThrow();
});

test("new credentials are an ICE restart, a new certificate another peer", () => {
  const { transport } = first;
  expect([isIceRestart(transport, { ...transport }), sameTransport(transport, { ...transport })]).toEqual([
    false,
    true,
  ]);
  expect(isIceRestart(transport, { ...transport, iceUfrag: "wxyz" })).toBe(true);
  expect(isIceRestart(transport, { ...transport, icePwd: "x".repeat(22) })).toBe(true);
  const other = { ...transport, fingerprint: { ...transport.fingerprint, value: "00" } };
  expect([isIceRestart(transport, other), sameTransport(transport, other)]).toEqual([false, false]);
});
