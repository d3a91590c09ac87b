/** The link by which somebody who has registered comes in. */
import type { Context } from "../../context.ts";
import { signPass } from "../broadcasts/service.ts";
import type { RegistrationRow } from "./queries.ts";

/** Whoever has it is let in, until it is revoked: for mails to this person only. */
export function linkOf(
  ctx: Context,
  {
    id,
    broadcast_id: broadcastId,
    token_version: version,
  }: Pick<RegistrationRow, "id" | "broadcast_id" | "token_version">,
): string {
  const token = signPass(ctx.secrets, { broadcastId, registrationId: id, version });
  return `${ctx.publicUrl()}/register/${broadcastId}?t=${token}`;
}
