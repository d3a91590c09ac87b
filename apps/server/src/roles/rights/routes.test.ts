/** Every route of the server × everybody: what it answers is what `table.ts` says. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signPlaybackToken } from "../../features/broadcasts/playback-token.ts";
import { systemClock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { AccessCheck } from "../../media/deliver/hls/access.ts";
import { CALLERS, wanted } from "./expect.ts";
import { insertBroadcast, openRights, type Rights, type SightName } from "./fixture.ts";
import { type CallerName, type More, REALTIME_ROUTES, ROUTES, type Row } from "./table.ts";

let rights: Rights;
beforeAll(async () => {
  rights = await openRights();
  const { channelId, people, show } = rights;
  const ban = { channelId, accountId: people.banned.id };
  const sent = { id: newId(), action: "moderation.ban", body: ban };
  expect((await rights.call(people.producer.token, "POST", "/realtime/send", sent)).status).toBe(200);
  await rights.call(people.owner.token, "PATCH", `/channels/${channelId}/tip-settings`, { enabled: true });
  const goal = { title: "A studio", targetMinor: 90_000 };
  await rights.call(people.owner.token, "POST", `/channels/${channelId}/tip-goals`, goal);
  const source = { type: "source_connected", slot: "primary" } as const;
  await show.doors.onProgramState({ ...source, broadcastId: rights.broadcasts.public });
});
afterAll(() => rights.close());

const pathOf = (route: string): string => route.split("?")[0] ?? route;
const apiPath = (route: string): string => route.replace(" /api/v1/", " /");

const named = (row: Row) => [row[0], row[1], row] as const;

describe("the table", () => {
  test("has every route of the server, and no other", () => {
    const known = new Set([...ROUTES.map(([route]) => pathOf(route)), ...REALTIME_ROUTES]);
    const served = new Set(rights.routes.map(apiPath));
    expect([...served].filter((route) => !known.has(route))).toEqual([]);
    expect([...known].filter((route) => !served.has(route))).toEqual([]);
  });

  test("says of API tokens what the document of the API says", async () => {
    const answer = await rights.show.app.inject({ url: "/api/openapi.json" });
    type Operation = { security?: Record<string, string[]>[] };
    const { paths } = answer.json<{ paths: Record<string, Record<string, Operation>> }>();
    const told = ROUTES.flatMap(([route, , token]) => {
      const [method = "", path = ""] = pathOf(route).split(" ");
      const operation = paths[`/api/v1${path}`.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
      // Lists that are for everybody but for `mine=true` say nothing of themselves.
      return operation?.security === undefined ? [] : [[route, token, tokenOf(operation.security)]];
    });
    expect(told.filter(([, token, documented]) => token !== documented)).toEqual([]);
    expect(told.length).toBeGreaterThan(90);
  });
});

function tokenOf(security: readonly Record<string, string[]>[]): string {
  return security.flatMap((one) => one["apiToken"] ?? [])[0] ?? "none";
}

describe("in a show that everybody sees", () => {
  test.each(ROUTES.map(named))("%s is for %s", async (_route, _who, row) => {
    const got: Record<string, string> = {};
    for (const caller of CALLERS) got[caller] = await answerTo(caller, row, "public");
    const [, who, token, , more] = row;
    const expected = CALLERS.map((caller) => [caller, wanted(caller, [who, token, more ?? {}])]);
    expect(got).toEqual(Object.fromEntries(expected));
  });
});

const SEEN = ROUTES.filter(([, who]) => who === "seers" || who.startsWith("accounts that"));

describe.each(["private", "draft"] as const)("in a %s show", (sight) => {
  test.each(SEEN.map(named))("%s is for %s", async (_route, _who, row) => {
    const [, who, token, , more] = row;
    for (const caller of CALLERS) {
      const code = await answerTo(caller, row, sight);
      const expected = wanted(caller, [who, token, more ?? {}], sight);
      // What a show allows that has not begun is not asked here.
      const isConflict = expected === "ok" && code === "409";
      // What is not there for those who see the show is not there for the others either.
      const isGone = expected === "not_found" && row[3] === 404;
      expect([caller, isConflict ? "ok" : isGone && code === "ok" ? "not_found" : code]).toEqual([caller, expected]);
    }
  });
});

test.each([
  ["public", "ok", "ok"],
  ["private", "forbidden", "ok"],
  ["draft", "forbidden", "ok"],
] as const)(
  "media of a %s show: without a token %s, with one %s, with another show's never",
  async (sight, bare, token) => {
    const { broadcasts, show } = rights;
    const access = new AccessCheck(show.doors, systemClock);
    const tried = async (given?: string): Promise<string> => {
      const answer = await access.check(broadcasts[sight], given);
      return answer.ok ? "ok" : answer.code;
    };
    const tokenOf = (id: string): string => signPlaybackToken(show.ctx.secrets, id, Date.now()).token;
    expect([await tried(), await tried(tokenOf(broadcasts[sight]))]).toEqual([bare, token]);
    if (bare !== "ok") expect(await tried(tokenOf(broadcasts.public))).toBe("invalid_token");
  },
);

/** Paths in which a thing stands behind its channel or show. */
const NESTED = ROUTES.filter(([route]) => /\/(channels|broadcasts)\/:id\/.*\/:(?!slot|sourceId|accountId)/.test(route));

test.each(NESTED.map(named))("%s does not reach into another channel", async (_route, _who, row) => {
  const [route, , , ok, more] = row;
  const { people, otherChannelId, show } = rights;
  const own = await insertBroadcast(show, otherChannelId, "public", "draft");
  const { path, body } = await requestOf(route, more, rights.broadcasts.public);
  const isOfChannel = route.includes("/channels/:id");
  const [, kind, , ...rest] = path.split("/");
  const there = `/${kind}/${isOfChannel ? otherChannelId : own}/${rest.join("/")}`;
  const answer = await rights.call(people["other owner"].token, methodOf(route), there, body);
  const before = await rights.call(people.owner.token, methodOf(route), path, body);
  // Lowering a hand that is not there is no mistake; it must still be up.
  const isNothing = answer.status === 204 && route === "DELETE /broadcasts/:id/hands/:itemId";
  expect([isNothing ? "not_found" : answer.code, before.status]).toEqual(["not_found", ok]);
});

/** The code of the refusal; "ok" for the status of the table; any other status as it is. */
async function answerTo(caller: CallerName, row: Row, sight: SightName): Promise<string> {
  const [route, , , ok, more] = row;
  const { path, body } = await requestOf(route, more, await showOf(more, sight));
  const answer = await rights.call(await credentialOf(caller, more), methodOf(route), path, body);
  if (answer.status === ok) return "ok";
  return answer.status === 401 || answer.status === 403 || answer.status === 404
    ? String(answer.code)
    : `${answer.status}`;
}

async function credentialOf(caller: CallerName, more: More | undefined): Promise<string | undefined> {
  const isPerson = caller !== "anonymous" && caller in rights.people;
  return more?.endsSession === true && isPerson ? (await rights.somebody()).token : rights.tokenOf(caller);
}

async function showOf(more: More | undefined, sight: SightName): Promise<string> {
  if (more?.show === undefined) return rights.broadcasts[sight];
  return insertBroadcast(rights.show, rights.channelId, "public", more.show);
}

const methodOf = (route: string): string => route.split(" ")[0] ?? "";

/** With something new in each place that the table leaves open. */
async function requestOf(
  route: string,
  more: More | undefined,
  broadcastId: string,
): Promise<{ path: string; body: unknown }> {
  const made: Record<string, string> = {};
  const segments: string[] = [];
  for (const segment of (route.split(" ")[1] ?? "").split("/")) {
    const name = /:\w+/.exec(segment)?.[0];
    const key = name === segment ? `${segments.at(-1)}/${name}` : (name ?? "");
    const maker = rights.make[key];
    if (name === undefined) segments.push(segment);
    else if (maker === undefined) throw new Error(`nothing makes ${key} of ${route}`);
    else segments.push(segment.replace(name, (made[key] = await maker(broadcastId, made))));
  }
  const { body } = more ?? {};
  const channel = JSON.stringify(":channelId");
  const filled =
    body === undefined ? undefined : JSON.stringify(body).replaceAll(channel, JSON.stringify(rights.channelId));
  return { path: segments.join("/"), body: filled === undefined ? undefined : (JSON.parse(filled) as unknown) };
}
