import { once } from "node:events";
import type { ServerResponse } from "node:http";
import net from "node:net";
import { expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { listenHttp } from "./http-listener.ts";

test("headers that come drop by drop do not hold a connection for ever", async () => {
  const http = await listenHttp({ ...readConfig({}, { dev: false }), HOST: "127.0.0.1", PORT: 0 });
  expect(http.server.headersTimeout).toBe(60_000);
  await http.close();
});

test("a client that never reads its answer is cut off", async () => {
  const http = await listenHttp({ ...readConfig({}, { dev: false }), HOST: "127.0.0.1", PORT: 0 }, 100);
  const asked = new Promise<ServerResponse>((resolve) => {
    http.media = (_req, res) => {
      res.end(Buffer.alloc(64 * 1024 * 1024));
      resolve(res);
    };
  });
  const deaf = net.connect(http.port, "127.0.0.1");
  deaf.on("error", () => {});
  deaf.write("GET /live/show/v0/x-0.m4s HTTP/1.1\r\nHost: x\r\n\r\n");
  const res = await asked;
  await once(res, "close");
  expect(res.writableFinished).toBe(false);
  deaf.destroy();
  await http.close();
});
