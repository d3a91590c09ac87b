/** oEmbed over HTTP: which addresses are known, what is hidden, how the frame is sized. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, type Show } from "../broadcasts/testing.ts";
import { broadcastIdOf } from "./embed.ts";

let show: Show;
let live: string;
let hidden: string;
beforeAll(async () => {
  show = await openShow({ config: { PUBLIC_URL: "https://live.example.org" } });
  const { id: channelId, people } = await show.channel("embeds");
  const create = async (body: Record<string, unknown>) =>
    String((await people.owner.call("POST", "/broadcasts", { channelId, ...body })).body["id"]);
  live = await create({ title: 'Tea & "cake" <live>' });
  hidden = await create({ title: "Secret", visibility: "private" });
  await show.doors.onProgramState({ type: "source_connected", broadcastId: live, slot: "primary" });
});
afterAll(() => show.close());

const ask = (url: string, more = "") => show.anonymous("GET", `/oembed?url=${encodeURIComponent(url)}${more}`);

test.each([
  ["another site", "https://evil.example.org/watch/01234567890123456789"],
  ["another page", "https://live.example.org/dashboard"],
  ["no address", "watch"],
  ["an unknown broadcast", "https://live.example.org/watch/00000000000000000000"],
])("%s is not found", async (_, url) => {
  expect((await ask(url)).code).toBe("not_found");
});

test("private broadcasts and other formats are refused", async () => {
  expect((await ask(`https://live.example.org/watch/${hidden}`)).code).toBe("forbidden");
  expect((await ask(`https://live.example.org/watch/${live}`, "&format=xml")).code).toBe("invalid_input");
});

test("a broadcast becomes a frame whose title is only text", async () => {
  const answer = await ask(`https://live.example.org/watch/${live}?t=5`, "&maxwidth=640&format=json");
  expect(answer.body).toEqual({
    version: "1.0",
    type: "video",
    title: 'Tea & "cake" <live>',
    author_name: "Channel embeds",
    author_url: "https://live.example.org/@embeds",
    provider_name: "Rostrum",
    provider_url: "https://live.example.org",
    html: `<iframe src="https://live.example.org/embed/${live}" width="640" height="360" title="Tea &amp; &quot;cake&quot; &lt;live&gt;" style="border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`,
    width: 640,
    height: 360,
  });
  expect((await ask(`https://live.example.org/embed/${live}`, "&maxheight=90")).body).toMatchObject({
    width: 160,
    height: 90,
  });
});

test("only watch and embed pages of the given origins count", () => {
  const id = "01234567890123456789";
  expect(broadcastIdOf(`http://a.example/watch/${id}/`, ["http://a.example"])).toBe(id);
  expect(broadcastIdOf(`https://a.example/watch/${id}`, ["http://a.example"])).toBeNull();
  expect(broadcastIdOf(`http://a.example/watch/${id}/x`, ["http://a.example"])).toBeNull();
});
