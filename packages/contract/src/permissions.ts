/** Who may do what on a channel. One table; services call `can`, pages use it to hide what would be refused. DESIGN §7. */
import { z } from "zod";

/** A person's role on one channel. `viewer` is everybody without a membership row. */
export const ChannelRole = z.enum(["owner", "admin", "producer", "moderator", "guest", "viewer"]);
export type ChannelRole = z.infer<typeof ChannelRole>;

/** Roles that can be given to a member; the owner is set by creation or transfer. */
export const MemberRole = z.enum(["admin", "producer", "moderator", "guest"]);
export type MemberRole = z.infer<typeof MemberRole>;

const ALL = ["owner", "admin", "producer", "moderator", "guest", "viewer"] as const;
const CREW = ["owner", "admin", "producer", "moderator", "guest"] as const;
const STAFF = ["owner", "admin", "producer", "moderator"] as const;
const OPERATORS = ["owner", "admin", "producer"] as const;
const ADMINS = ["owner", "admin"] as const;
const OWNER = ["owner"] as const;

const TABLE = {
  "channel.read": ALL,
  "channel.update": ADMINS,
  "channel.delete": OWNER,
  "members.read": STAFF,
  "members.update": ADMINS,
  "keys.read": OPERATORS, // masked
  "keys.reveal": ADMINS, // with the password given again
  "keys.rotate": ADMINS,
  "broadcast.read_private": CREW, // private, draft, scheduled and preview
  "broadcast.create": OPERATORS,
  "broadcast.update": OPERATORS,
  "broadcast.delete": ADMINS,
  "broadcast.control": OPERATORS, // preview, live, end, test signal
  "recording.update": OPERATORS,
  "recording.download": STAFF,
  "recording.delete": ADMINS,
  "marker.write": STAFF,
  "clip.update": STAFF, // the maker may too
  "clip.delete": STAFF, // the maker may too
  "health.read": STAFF,
  "audit.read": ADMINS,
  "chat.moderate": STAFF, // delete, hold, time out, ban; free of the chat's limits
  "chat.modes": STAFF, // slow mode, shield mode
  "chat.settings": OPERATORS, // who may write, links, filters, spam limits
  "bans.shared": ADMINS, // bans on all channels of this channel's owner
  "engagement.manage": STAFF, // polls, questions, announcements, handouts, call to action
  "analytics.read": OPERATORS,
  "tips.read": OPERATORS,
  "tips.manage": ADMINS,
  "webhooks.manage": ADMINS,
  "registrations.read": OPERATORS, // who has registered for a show, and who came
  "registrations.manage": OPERATORS, // what is asked, new links, deleting a registration
} as const satisfies Record<string, readonly ChannelRole[]>;

export type Permission = keyof typeof TABLE;
export const PERMISSIONS = Object.keys(TABLE) as readonly Permission[];

/** True when `role` has `permission`. */
export function can(role: ChannelRole, permission: Permission): boolean {
  return (TABLE[permission] as readonly ChannelRole[]).includes(role);
}

/** What an API token may do, beside the role of the account that made it. */
export const TokenScope = z.enum(["read", "broadcasts", "channels", "keys"]);
export type TokenScope = z.infer<typeof TokenScope>;
