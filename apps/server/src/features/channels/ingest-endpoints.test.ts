import { expect, test } from "vitest";
import { ingestEndpoints } from "./ingest-endpoints.ts";

test.each([
  ["live.example.org", { rtmp: 1935 }, { rtmp: "rtmp://live.example.org:1935/live", rtmps: null }],
  [
    "localhost:3000",
    { rtmp: 1935, rtmps: 1936 },
    { rtmp: "rtmp://localhost:1935/live", rtmps: "rtmps://localhost:1936/live" },
  ],
  ["[::1]:3000", { rtmp: 40_001 }, { rtmp: "rtmp://[::1]:40001/live", rtmps: null }],
  ["not a host", { rtmp: 1935 }, { rtmp: "rtmp://localhost:1935/live", rtmps: null }],
])("on %s", (host, ports, expected) => {
  expect(ingestEndpoints(host, ports)).toMatchObject(expected);
});
