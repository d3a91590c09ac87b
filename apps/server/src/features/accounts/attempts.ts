/** Guessing is slowed down: wrong passwords and one-time tokens count against the address, wrong passwords also against the account. */
import { isIPv6 } from "node:net";
import type { HttpKit } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import type { AccountRow } from "./queries.ts";

/** One who holds an IPv6 network has 2^64 addresses: they count as one. IPv4 in IPv6 (RFC 4291 §2.5.5.2) is IPv4. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const bare = address.split("%", 1)[0] ?? address;
  if (!isIPv6(bare)) return address;
  const [head = "", tail] = bare.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  const network = [...left, ...zeros, ...right].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/**
 * The account whose password this is, or null. Takes as long for an unknown address as for a wrong password.
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
  const guard = {
    admit(): void {
      byAccount.admit(email);
      if (address !== undefined) byAddress.admit(address);
    },
    failed(): void {
      byAccount.fail(email);
      if (address !== undefined) byAddress.fail(address);
    },
  };
  guard.admit(); // asked again when it is this check's turn
  const { ok, outdated } = await kit.passwords.verify(account?.password_hash ?? null, password, guard);
  if (!ok || account === undefined || account.disabled_at !== null) return null;
  byAccount.succeed(email);
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
