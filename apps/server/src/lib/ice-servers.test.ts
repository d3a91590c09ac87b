import { expect, test } from "vitest";
import { parseIceServers } from "./ice-servers.ts";

test("STUN and TURN servers are read in their order", () => {
  const list =
    " stun:stun.example.org:3478, turn:ann:p%40ss%2C1@turn.example.org:3478?transport=udp ,TURNS:a:b@[2001:db8::1]:5349";
  expect(parseIceServers(list)).toEqual([
    { url: "stun:stun.example.org:3478" },
    { url: "turn:turn.example.org:3478?transport=udp", username: "ann", password: "p@ss,1" },
    { url: "turns:[2001:db8::1]:5349", username: "a", password: "b" },
  ]);
});

test("an empty list has none", () => {
  expect(parseIceServers("")).toEqual([]);
  expect(parseIceServers(" , ")).toEqual([]);
});

test.each([
  ["https://example.org", "entry 1 must be stun:host:port"],
  ["stun:a:3478, turn:turn.example.org", "entry 2 has no name and password"],
  ["turn:name:@turn.example.org", "entry 1 has no name and password"],
  ["turn:na%me:secret@turn.example.org", "entry 1 has a % in its name or password"],
  ['turn:a:b@host>;rel="x"', "entry 1 must be"],
  [Array.from({ length: 9 }, () => "stun:a:1").join(), "must list at most 8 servers"],
])("what is no server is refused in words, without its password: %s", (list, message) => {
  const problem = parseIceServers(list);
  expect(problem).toContain(message);
  expect(problem).not.toContain("secret");
});
