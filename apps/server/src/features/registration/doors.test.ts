/** Who gets what of a show that one registers for: every door, for everybody who may stand before it. */
import { expect, test } from "vitest";
import { passesOf } from "../../http/passes.ts";
import type { Viewer } from "../../http/auth.ts";
import { systemClock } from "../../lib/clock.ts";
import { AccessCheck } from "../../media/deliver/hls/access.ts";
import { published } from "../broadcasts/testing.ts";
import { broadcastTopic } from "../broadcasts/topic.ts";
import { sightByToken } from "../broadcasts/service.ts";
import { chatTopic } from "../chat/topic.ts";
import { comeIn, onEachWebinar, type Scheduled, type Webinar } from "./registration.suite.ts";

async function live(webinar: Webinar, { id }: Scheduled): Promise<void> {
  const values = { state: "live", has_source: true, live_at: new Date() } as const;
  await webinar.ctx.store.db.updateTable("broadcast").set(values).where("id", "=", id).execute();
}

async function recorded(webinar: Webinar, { id, channelId }: Scheduled, recordingId: string): Promise<void> {
  await webinar.ctx.store.db
    .insertInto("recording")
    .values({
      ...{ id: recordingId, broadcast_id: id, channel_id: channelId, state: "ready", began_at: new Date() },
      ...{ duration_ms: 1000, size_bytes: 1, missing_ms: 0 },
      ...{ renditions: "[]", timeline: "[]" },
    } as never)
    .execute();
}

const RECORDING = "0000000000000000rec0";

onEachWebinar((webinar) => {
  /** What is asked, and who of [stranger, registered elsewhere, revoked, registered, crew] gets it when it is `required`. */
  const DOORS: readonly (readonly [name: string, path: (id: string) => string, who: string])[] = [
    ["the show's page", (id) => `/broadcasts/${id}`, "x x x x x"],
    ["the form", (id) => `/broadcasts/${id}/registration`, "x x x x x"],
    ["media tokens", (id) => `/broadcasts/${id}/playback`, "- - - x x"],
    ["the chat's history", (id) => `/broadcasts/${id}/chat`, "- - - x x"],
    ["markers", (id) => `/broadcasts/${id}/markers`, "- - - x x"],
    ["clips of it", (id) => `/clips?broadcastId=${id}`, "- - - x x"],
    ["its recording", (id) => `/recordings?broadcastId=${id}`, "- - - x x"],
    ["the recording by its id", () => `/recordings/${RECORDING}`, "- - - x x"],
    ["who has registered", (id) => `/broadcasts/${id}/registrations`, "- - - - x"],
    ["the report", (id) => `/broadcasts/${id}/registrations/export.csv`, "- - - - x"],
    ["what is asked, as its crew sees it", (id) => `/broadcasts/${id}/registration-settings`, "- - - - x"],
  ];

  test("every door opens for whom it must, and for nobody else", async () => {
    const show = await webinar().scheduled();
    await live(webinar(), show);
    await recorded(webinar(), show, RECORDING);
    const other = await webinar().scheduled();
    const elsewhere = await comeIn(webinar(), other.id, "elsewhere@example.org");
    const revoked = await comeIn(webinar(), show.id, "revoked@example.org");
    const registered = await comeIn(webinar(), show.id, "ada@example.org");
    const all = `/broadcasts/${show.id}/registrations`;
    const [item] = (await show.people.producer.call("GET", `${all}?q=revoked`)).body.items;
    expect((await show.people.producer.call("POST", `${all}/${String(item?.["id"])}/renew`)).status).toBe(204);
    const strangers = [webinar().browser(), elsewhere, revoked, registered];
    const found = await Promise.all(
      DOORS.map(async ([name, path]) => {
        const answers = await Promise.all(
          [...strangers, show.people.producer].map((one) => one.call("GET", path(show.id))),
        );
        for (const { status } of answers) expect([200, 401, 403]).toContain(status);
        return [name, answers.map(({ status }) => (status === 200 ? "x" : "-")).join(" ")];
      }),
    );
    expect(found).toEqual(DOORS.map(([name, , who]) => [name, who]));
  });

  test("topics by whatever transport", async () => {
    const show = await webinar().scheduled();
    await live(webinar(), show);
    const { ctx } = webinar();
    const registered = await comeIn(webinar(), show.id, "ada@example.org");
    const passes = passesOf(registered.cookies.get("rostrum_passes"));
    const { body } = await registered.call("GET", `/broadcasts/${show.id}/playback`);
    const token = /[?]t=(.+)/.exec(String(body["hlsUrl"]))?.[1];
    const topics = [broadcastTopic(ctx, () => 0, []), chatTopic(ctx)];
    const admitted = async (viewer: Viewer, playbackToken?: string): Promise<string> => {
      const caller = { viewer, address: "192.0.2.1" };
      const asked = topics.map((topic) => topic.admit(caller, show.id, playbackToken));
      return (await Promise.allSettled(asked)).map(({ status }) => (status === "fulfilled" ? "x" : "-")).join(" ");
    };
    expect(await admitted({ kind: "anonymous" })).toBe("- -");
    expect(await admitted({ kind: "anonymous", passes: ["x"] })).toBe("- -");
    expect(await admitted({ kind: "anonymous", passes })).toBe("x x");
    expect(await admitted({ kind: "anonymous" }, token)).toBe("x x");
    await expect(sightByToken(ctx, { kind: "anonymous" }, show.id, "1.2")).rejects.toMatchObject({ code: "forbidden" });
  });

  test("media need a token, which is good for an hour, and pictures are nobody else's", async () => {
    const show = await webinar().scheduled();
    await live(webinar(), show);
    webinar().plane.jpeg = new Uint8Array([1]);
    expect(await webinar().doors.playbackPolicy(show.id)).toMatchObject({ needsToken: true });
    const registered = await comeIn(webinar(), show.id, "ada@example.org");
    const { body } = await registered.call("GET", `/broadcasts/${show.id}/playback`);
    const token = /[?]t=(.+)/.exec(String(body["hlsUrl"]))?.[1] ?? "";
    expect(await webinar().doors.verifyPlaybackToken(token, show.id)).toBe(true);
    expect(Date.parse(String(body["tokenExpiresAt"]))).toBeLessThanOrEqual(Date.now() + 60 * 60_000);
    const thumbnail = `/broadcasts/${show.id}/thumbnail.jpg`;
    expect((await webinar().browser().call("GET", thumbnail)).status).toBe(403);
    const seen = await webinar().browser().call("GET", `/broadcasts/${show.id}`);
    expect(seen.body).toMatchObject({ registration: "required", thumbnailUrl: null });
  });

  /** How somebody who watches is sent away: by themselves or by the crew. */
  const ENDS = [
    ["takes the registration back", (show, ada) => ada.call("DELETE", `/broadcasts/${show.id}/registration`)],
    ["is deleted", (show, _ada, path) => show.people.producer.call("DELETE", path)],
    ["has the links revoked", (show, _ada, path) => show.people.producer.call("POST", `${path}/renew`)],
  ] as const satisfies readonly (readonly [
    string,
    (show: Scheduled, ada: Awaited<ReturnType<typeof comeIn>>, path: string) => Promise<{ status: number }>,
  ])[];

  test.each(ENDS)("who %s is cut off at once: media, and topics also by the token; the others stay", async (_, end) => {
    const show = await webinar().scheduled();
    await live(webinar(), show);
    const { ctx, doors } = webinar();
    const [ada, bob] = [
      await comeIn(webinar(), show.id, "ada@example.org"),
      await comeIn(webinar(), show.id, "b@b.org"),
    ];
    const tokenOf = async (who: typeof ada): Promise<string> => {
      const { body } = await who.call("GET", `/broadcasts/${show.id}/playback`);
      return /[?]t=(.+)/.exec(String(body["hlsUrl"]))?.[1] ?? "";
    };
    const [token, other] = [await tokenOf(ada), await tokenOf(bob)];
    const access = new AccessCheck(doors, systemClock);
    expect(await Promise.all([access.check(show.id, token), access.check(show.id, other)])).toEqual([
      { ok: true, isPrivate: true },
      { ok: true, isPrivate: true },
    ]);
    const list = await show.people.producer.call("GET", `/broadcasts/${show.id}/registrations?q=ada@`);
    const path = `/broadcasts/${show.id}/registrations/${String(list.body.items[0]?.["id"])}`;
    expect((await end(show, ada, path)).status).toBe(204);
    await expect
      .poll(() => access.check(show.id, token), { timeout: 10_000 })
      .toMatchObject({ ok: false, code: "invalid_token" });
    expect(await access.check(show.id, other)).toEqual({ ok: true, isPrivate: true });
    const caller = { viewer: { kind: "anonymous" }, address: "192.0.2.1" } as const;
    await expect(chatTopic(ctx).admit(caller, show.id, token)).rejects.toMatchObject({ code: "forbidden" });
    await chatTopic(ctx).admit(caller, show.id, other);
    // Gateways ask everybody who follows the show again.
    const change = expect.objectContaining({ type: "registration_revoked", broadcastId: show.id }) as unknown;
    expect(await published(webinar(), "broadcasts")).toContainEqual(change);
  });

  test("while it is optional everybody watches", async () => {
    const show = await webinar().scheduled({ mode: "optional" });
    await live(webinar(), show);
    const { status, body } = await webinar().browser().call("GET", `/broadcasts/${show.id}/playback`);
    expect([status, body["tokenExpiresAt"]]).toEqual([200, null]);
  });

  test("strangers find neither recording nor clips of it in lists", async () => {
    const show = await webinar().scheduled();
    await recorded(webinar(), show, RECORDING);
    const list = `/recordings?channelId=${show.channelId}`;
    expect((await webinar().browser().call("GET", list)).body.items).toEqual([]);
    expect((await show.people.producer.call("GET", list)).body.items).toHaveLength(1);
  });

  test("who is deleted is out, and what they were is gone", async () => {
    const show = await webinar().scheduled();
    await live(webinar(), show);
    const registered = await comeIn(webinar(), show.id, "ada@example.org");
    const all = `/broadcasts/${show.id}/registrations`;
    const id = String((await show.people.producer.call("GET", all)).body.items[0]?.["id"]);
    expect((await show.people.moderator.call("DELETE", `${all}/${id}`)).code).toBe("forbidden");
    expect((await show.people.producer.call("DELETE", `${all}/${id}`)).status).toBe(204);
    expect((await show.people.producer.call("DELETE", `${all}/${id}`)).code).toBe("not_found");
    expect((await registered.call("GET", `/broadcasts/${show.id}/playback`)).code).toBe("forbidden");
    expect(await webinar().ctx.store.db.selectFrom("registration_mail").selectAll().execute()).toEqual([]);
  });
});
