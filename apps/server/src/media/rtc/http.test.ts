import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { readBody } from "./http.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("of a body that is not wanted any more nothing is kept, while its connection lasts and more of it comes", async () => {
  const http = createServer();
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const socket = connect((http.address() as AddressInfo).port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9000\r\n\r\nbefore");
  const [req] = (await once(http, "request")) as [IncomingMessage];
  const came: string[] = [];
  const chunks: WeakRef<Buffer>[] = [];
  const comes = (text: string): Promise<void> =>
    new Promise((resolve) => {
      req.once("data", (chunk: Buffer) => {
        came.push(String(chunk));
        chunks.push(new WeakRef(chunk));
        resolve();
      });
      if (text !== "") socket.write(text);
    });
  const slow = new AbortController();
  const body = readBody(req, 9_000, slow.signal);
  await comes("");
  slow.abort();
  expect(await body).toBeUndefined();
  await comes("after");
  // What a WeakRef was asked for, or made of, stays until the turn of the event loop is over.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect([came, chunks.map((chunk) => chunk.deref())]).toEqual([
    ["before", "after"],
    [undefined, undefined],
  ]);
  socket.destroy();
  await new Promise((resolve) => http.close(resolve));
});
