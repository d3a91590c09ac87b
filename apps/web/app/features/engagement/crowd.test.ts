import { expect, test } from "vitest";
import { applyCrowd, NO_CROWD, reacted, type ReactionCounts, unreacted } from "./crowd.ts";
import { MAX_FLIGHTS, planned } from "./flights.ts";
import { ReactionSender } from "./reaction-sender.ts";

const tell = (counts: ReactionCounts) => ({ type: "engagement.reactions", counts }) as const;

test("what was clicked here is shown once: at the click, not again when it is told", () => {
  let crowd = reacted(reacted(NO_CROWD, "heart"), "heart");
  crowd = applyCrowd(crowd, [tell({ heart: 5, fire: 1 })]);
  expect(crowd.bursts.map(({ counts }) => counts)).toEqual([{ heart: 1 }, { heart: 1 }, { heart: 3, fire: 1 }]);
  expect(applyCrowd(crowd, [tell({ heart: 2 })]).bursts.at(-1)?.counts).toEqual({ heart: 2 });
});

test("a click that was refused hides nobody else's", () => {
  const crowd = unreacted(reacted(NO_CROWD, "clap"), "clap", 1);
  expect(applyCrowd(crowd, [tell({ clap: 1 })]).bursts.at(-1)?.counts).toEqual({ clap: 1 });
});

test("bursts are numbered and do not pile up", () => {
  const crowd = applyCrowd(
    NO_CROWD,
    Array.from({ length: 50 }, () => tell({ wow: 1 })),
  );
  expect([crowd.bursts.length, crowd.bursts.at(-1)?.seq]).toEqual([10, 50]);
  expect(applyCrowd(crowd, [])).toBe(crowd);
});

test("of a crowd a part rises, each kind of it, and no more than there is room for", () => {
  const random = (): number => 0.5;
  expect(planned({ heart: 9000, sad: 1 }, MAX_FLIGHTS, random).map(({ emoji }) => emoji)).toContain("😢");
  expect(planned({ heart: 9000 }, MAX_FLIGHTS, random)).toHaveLength(12);
  expect(planned({ heart: 9000 }, 2, random)).toHaveLength(2);
  expect(planned({ heart: 3 }, 0, random)).toEqual([]);
  expect(planned({ heart: 3 }, -4, random)).toEqual([]);
  expect(planned({}, 10, random)).toEqual([]);
  expect(planned({ clap: 2 }, 10, random)).toMatchObject([{ emoji: "👏", place: 0.5, drift: 0, delayMs: 250 }, {}]);
});

test("clicks are sent together, each kind for itself; more than the server takes are not sent", async () => {
  const sent: [string, number][] = [];
  const refused: [string, number][] = [];
  const due: (() => void)[] = [];
  const sender = new ReactionSender({
    send: async (reaction, count) => void sent.push([reaction, count]),
    onRefused: (reaction, count) => void refused.push([reaction, count]),
    schedule: (run) => due.push(run),
  });
  const clicks = Array.from({ length: 13 }, () => sender.add("fire"));
  clicks.push(sender.add("heart"));
  for (const run of due) run();
  await Promise.all(clicks);
  expect(sent).toEqual([
    ["fire", 10],
    ["heart", 1],
  ]);
  expect(refused).toEqual([
    ["fire", 1],
    ["fire", 1],
    ["fire", 1],
  ]);
});

test("a refusal reaches who clicked, and the next click begins anew", async () => {
  const refused: number[] = [];
  let answer = (): Promise<void> => Promise.reject(new Error("too much"));
  const sender = new ReactionSender({
    send: () => answer(),
    onRefused: (_, count) => void refused.push(count),
    schedule: (run) => run(),
  });
  await expect(sender.add("sad")).rejects.toThrow("too much");
  answer = () => Promise.resolve();
  await sender.add("sad");
  expect(refused).toEqual([1]);
});
