import { expect, test } from "vitest";
import { readSocketAddress, writeSocketAddress } from "./socket-address.ts";

test.each([
  ["127.0.0.1", 8890, "127.0.0.1"],
  ["0.0.0.0", 0, "0.0.0.0"],
  ["::1", 65_535, "0:0:0:0:0:0:0:1"],
  ["2001:db8::42", 8890, "2001:db8:0:0:0:0:0:42"],
  ["::ffff:c000:207", 1, "192.0.2.7"],
])("%s goes there and back", (host, port, read) => {
  for (const platform of ["linux", "darwin"] as const) {
    expect(readSocketAddress(writeSocketAddress(host, port, platform), platform)).toEqual({ host: read, port });
  }
});

test("as C writes it on Linux and on macOS", () => {
  expect(writeSocketAddress("192.0.2.7", 8890, "linux").toString("hex")).toBe("020022bac00002070000000000000000");
  expect(writeSocketAddress("192.0.2.7", 8890, "darwin").toString("hex")).toBe("100222bac00002070000000000000000");
});
