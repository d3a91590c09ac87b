import { expect, test } from "vitest";
import { ingestEndpoints } from "./ingest-endpoints.ts";

const PORTS = { rtmp: 1935, rtmps: 443, srt: 8890, rtc: 7882 };

test("addresses carry the host that people use, without the port of the pages", () => {
  expect(ingestEndpoints("https://live.example.org:8443", PORTS, null)).toEqual({
    rtmp: "rtmp://live.example.org:1935/live",
    rtmps: "rtmps://live.example.org:443/live",
    srt: "srt://live.example.org:8890",
    websocket: "wss://live.example.org:8443/ingest",
    whip: "https://live.example.org:8443/whip",
    srtMissing: null,
  });
  expect(ingestEndpoints("http://[::1]:3000", { rtmp: 19 }, null).rtmp).toBe("rtmp://[::1]:19/live");
});

test("what is not served is left out, with the reason for SRT", () => {
  const { rtmps, srt, whip, srtMissing } = ingestEndpoints("http://localhost:3000", { rtmp: 1935 }, "Install libsrt.");
  expect([rtmps, srt, whip, srtMissing]).toEqual([null, null, null, "Install libsrt."]);
});

test("a host that is no host does not reach an address", () => {
  expect(ingestEndpoints("http://a b/", PORTS, null).rtmp).toBe("rtmp://localhost:1935/live");
});
