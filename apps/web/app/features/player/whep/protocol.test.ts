import { expect, test } from "vitest";
import { parseClock, parseMessage, withStereo } from "./protocol.ts";

test("the clock says where RTP times lie in the show", () => {
  const header = "rtp=4000000000; rate=90000; media=12.345; wall=1767323045000";
  expect(parseClock(header)).toEqual({
    rtp: 4_000_000_000,
    rateHz: 90_000,
    mediaSec: 12.345,
    wallZeroMs: 1_767_323_045_000,
  });
});

test.each([null, "", "rtp=1", "rtp=x; rate=90000; media=1; wall=1", "rtp=1; rate=0; media=1; wall=1"])(
  "%s is no clock",
  (header) => expect(parseClock(header)).toBeUndefined(),
);

test("events are read, what is not known is left out", () => {
  expect(parseMessage('{"type":"tracks","video":true,"audio":false,"transcoded":true}')).toEqual({
    type: "tracks",
    video: true,
    audio: false,
    transcoded: true,
  });
  expect(parseMessage('{"type":"handover","reason":"slow"}')).toEqual({ type: "handover", reason: "slow" });
  expect(parseMessage('{"type":"end"}')).toEqual({ type: "end" });
  expect(parseMessage('{"type":"clock","rtp":5,"rate":48000,"media":1.5,"wall":9}')).toEqual({
    type: "clock",
    clock: { rtp: 5, rateHz: 48_000, mediaSec: 1.5, wallZeroMs: 9 },
  });
  for (const data of [
    '{"type":"clock","rtp":5}',
    '{"type":"clock","rtp":5,"rate":0,"media":1,"wall":9}',
    "",
    "null",
    "{",
    '{"type":"new"}',
    7,
    new ArrayBuffer(2),
  ])
    expect(parseMessage(data)).toBeUndefined();
});

test("stereo is asked for, once", () => {
  const sdp =
    "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:9 G722/8000\r\n";
  const stereo = withStereo(sdp);
  expect(stereo).toContain("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\n");
  expect(withStereo(stereo)).toBe(stereo);
  expect(withStereo("a=rtpmap:9 G722/8000\r\n")).toBe("a=rtpmap:9 G722/8000\r\n");
});
