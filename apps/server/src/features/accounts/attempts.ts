/** Guessing is slowed down: wrong passwords and one-time tokens count against the address, wrong passwords also against the account there. */
import type { HttpKit } from "../../http/kit.ts";
import { addressKey } from "../../lib/address.ts";
import { AppError } from "../../lib/app-error.ts";
import type { AccountRow } from "./queries.ts";

/**
 * The account whose password this is, or null. Takes as long for an unknown address as for a wrong password.
 * Wrong ones count for the account and the address together, or for the proved session's account alone: nobody can keep a person out
 * of their account by guessing at it from elsewhere.
 * @param address undefined where a session has been proved already
 * @throws {AppError} `rate_limited` with `details.retryAfterSec`; `unavailable` when too many others wait
 */
export async function checkPassword(
  kit: HttpKit,
  attempt: Readonly<{ email: string; account: AccountRow | undefined; password: string; address?: string }>,
): Promise<{ account: AccountRow; outdated: boolean } | null> {
  const { byAccount, byAddress } = kit.failures;
  const { account, email, password } = attempt;
  const address = attempt.address === undefined ? undefined : addressKey(attempt.address);
  const guessed = address === undefined ? `account:${account?.id}` : `${email} ${address}`;
  const guard = {
    admit(): void {
      byAccount.admit(guessed);
      if (address !== undefined) byAddress.admit(address);
    },
    failed(): void {
      byAccount.fail(guessed);
      if (address !== undefined) byAddress.fail(address);
    },
  };
  guard.admit(); // asked again when it is this check's turn
  const { ok, outdated } = await kit.passwords.verify(account?.password_hash ?? null, password, guard);
  if (!ok || account === undefined || account.disabled_at !== null) return null;
  byAccount.succeed(guessed);
  return { account, outdated };
}

/**
 * Admits one try of a one-time token from `address`; call the result when the token was wrong.
 * @throws {AppError} `rate_limited`
 */
export function admitToken(kit: HttpKit, address: string): (message: string) => AppError {
  const key = addressKey(address);
  kit.failures.byAddress.admit(key);
  return (message) => {
    kit.failures.byAddress.fail(key);
    return new AppError("invalid_token", message);
  };
}
