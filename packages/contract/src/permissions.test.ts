import { expect, test } from "vitest";
import { can, ChannelRole, MemberRole, PERMISSIONS } from "./permissions.ts";

/** `x` may, `-` may not. */
const TABLE = `
permission              owner  admin  producer  moderator  guest  viewer
channel.read            x      x      x         x          x      x
channel.update          x      x      -         -          -      -
channel.delete          x      -      -         -          -      -
members.read            x      x      x         x          -      -
members.update          x      x      -         -          -      -
keys.read               x      x      x         -          -      -
keys.reveal             x      x      -         -          -      -
keys.rotate             x      x      -         -          -      -
broadcast.read_private  x      x      x         x          x      -
broadcast.create        x      x      x         -          -      -
broadcast.update        x      x      x         -          -      -
broadcast.delete        x      x      -         -          -      -
broadcast.control       x      x      x         -          -      -
recording.update        x      x      x         -          -      -
recording.download      x      x      x         x          -      -
recording.delete        x      x      -         -          -      -
marker.write            x      x      x         x          -      -
clip.update             x      x      x         x          -      -
clip.delete             x      x      x         x          -      -
health.read             x      x      x         x          -      -
audit.read              x      x      -         -          -      -
chat.moderate           x      x      x         x          -      -
chat.modes              x      x      x         x          -      -
chat.settings           x      x      x         -          -      -
bans.shared             x      x      -         -          -      -
engagement.manage       x      x      x         x          -      -
analytics.read          x      x      x         -          -      -
tips.read               x      x      x         -          -      -
tips.manage             x      x      -         -          -      -
webhooks.manage         x      x      -         -          -      -
registrations.read      x      x      x         -          -      -
registrations.manage    x      x      x         -          -      -
`;

test("who may do what is exactly this table", () => {
  const roles = ChannelRole.options;
  const actual = PERMISSIONS.map((permission) => [
    permission,
    ...roles.map((role) => (can(role, permission) ? "x" : "-")),
  ]);
  const wanted = TABLE.trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  expect([["permission", ...roles], ...actual]).toEqual(wanted);
});

test("ownership cannot be given to a member", () => {
  expect(MemberRole.options).toEqual(["admin", "producer", "moderator", "guest"]);
});
