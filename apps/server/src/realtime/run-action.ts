/** Carries out what a client sends, the same over the socket and over HTTP. */
import type { Send } from "@rostrum/contract/realtime";
import { AppError } from "../lib/app-error.ts";
import { hasScope } from "../http/auth.ts";
import type { Caller, RealtimeRules } from "../http/realtime-rules.ts";

/** @throws {AppError} not_found, forbidden for an API token that may only read, invalid_input; what the action refuses */
export async function runAction(
  rules: RealtimeRules,
  caller: Caller,
  { id, action: name, body }: Send,
): Promise<unknown> {
  const found = Object.hasOwn(rules.actions, name) ? rules.actions[name] : undefined;
  if (found === undefined) throw new AppError("not_found", `There is no action "${name}".`);
  if (caller.viewer.kind === "account" && !hasScope(caller.viewer, "broadcasts")) {
    throw new AppError("forbidden", 'This API token does not have the scope "broadcasts".');
  }
  const read = found.body.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    const details = { issues: read.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) };
    throw new AppError("invalid_input", `${where === "" ? "The message" : `"${where}"`}: ${issue?.message}.`, {
      details,
    });
  }
  return found.run(caller, read.data, id);
}
