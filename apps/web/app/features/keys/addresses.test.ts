import { expect, test } from "vitest";
import { srtAddress, websocketAddress } from "./addresses.ts";

test("the SRT address carries name, passphrase and latency, and not the key", () => {
  const address = srtAddress("srt://live.example.org:8890", { streamId: "publish:srt_0a1b", passphrase: "c2d3" });
  expect(address).toBe("srt://live.example.org:8890?streamid=publish:srt_0a1b&passphrase=c2d3&latency=200000");
});

test("the WebSocket address ends in the key", () => {
  expect(websocketAddress("wss://live.example.org/ingest", "rk_abc")).toBe("wss://live.example.org/ingest/rk_abc");
});
