import { SubscriptionPermission, TrackPermission } from "@livekit/protocol";
import { expect, test } from "vitest";
import { SubscriptionRules } from "./subscription-rules.ts";

const rulesOf = (trackPermissions: TrackPermission[]): SubscriptionRules => {
  const rules = new SubscriptionRules();
  rules.set(new SubscriptionPermission({ allParticipants: false, trackPermissions }));
  return rules;
};
const BOB = { sid: "PA_bob", identity: "bob" };

test("all that is said of one participant counts, by identity and by sid", () => {
  const rules = rulesOf([
    new TrackPermission({ participantIdentity: "bob", trackSids: ["TR_1"] }),
    new TrackPermission({ participantIdentity: "bob", trackSids: ["TR_2"] }),
    new TrackPermission({ participantSid: "PA_bob", trackSids: ["TR_3"] }),
  ]);
  expect(["TR_1", "TR_2", "TR_3", "TR_4"].map((sid) => rules.allows(BOB, sid))).toEqual([true, true, true, false]);
  expect(rules.allows({ sid: "PA_eve", identity: "eve" }, "TR_1")).toBe(false);
});

test("all tracks stay all, whatever is said besides", () => {
  const some = new TrackPermission({ participantIdentity: "bob", trackSids: ["TR_1"] });
  const all = new TrackPermission({ participantIdentity: "bob", allTracks: true });
  expect(rulesOf([some, all]).allows(BOB, "TR_9")).toBe(true);
  expect(rulesOf([all, some]).allows(BOB, "TR_9")).toBe(true);
});

test("who is named again and again is let have no more tracks than there may be", () => {
  const rules = rulesOf(
    Array.from(
      { length: 1_000 },
      (_, entry) =>
        new TrackPermission({
          participantIdentity: "bob",
          trackSids: Array.from({ length: 32 }, (__, index) => `TR_${entry}_${index}`),
        }),
    ),
  );
  expect([rules.allows(BOB, "TR_0_31"), rules.allows(BOB, "TR_1_0"), rules.allows(BOB, "TR_999_31")]).toEqual([
    true,
    false,
    false,
  ]);
});
