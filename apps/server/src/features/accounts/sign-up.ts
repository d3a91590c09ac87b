/** New accounts: the owner at the first run, everybody else by registration. Each gets a first channel of the same handle. */
import type { Kysely } from "kysely";
import type { HttpKit } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId, sha256 } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import { isUniqueViolation } from "../../store/store-error.ts";
import { audit } from "../audit/service.ts";
import { publishMediaCommand } from "../../ports/bus-events.ts";
import { createChannelFor } from "../channels/service.ts";
import { admitToken } from "./attempts.ts";
import { type AccountRow, findUsableInvite, insertAccount, isHandleTaken, useInvite } from "./queries.ts";
import type { Setup } from "./service.ts";
import { addRefreshToken, answerOf, type Client, type Session } from "./sessions.ts";

export type Applicant = Readonly<{ email: string; handle: string; password: string }>;

/** @throws {AppError} `already_set_up`; `invalid_token` for a wrong set-up token; `email_taken`, `handle_taken`, `rate_limited` */
export async function setUp(
  kit: HttpKit,
  setup: Setup,
  body: Applicant & Readonly<{ token: string }>,
  client: Client,
): Promise<Session> {
  if (!(await setup.check())) throw alreadySetUp();
  const wrong = admitToken(kit, client.address);
  if (!setup.accepts(body.token)) {
    throw wrong("The set-up token is wrong. The right one stands in the server's output at its start.");
  }
  const session = await signUp(kit, body, client, { owner: true, via: "setup" });
  await setup.check();
  return session;
}

/** @throws {AppError} `registration_closed`; `invalid_token` for an invite that is unknown, used or expired; `email_taken`, `handle_taken` */
export async function register(
  kit: HttpKit,
  setup: Setup,
  body: Applicant & Readonly<{ invite?: string | undefined }>,
  client: Client,
): Promise<Session> {
  const mode = kit.ctx.config.REGISTRATION;
  if (await setup.check()) throw closed("This installation is not set up yet.");
  if (mode === "closed") throw closed("This installation takes no new accounts.");
  if (mode === "open") return signUp(kit, body, client, { owner: false, via: "open" });
  if (body.invite === undefined) throw closed("An account needs an invite here; ask the operator for one.");
  const wrong = admitToken(kit, client.address);
  const invite = sha256(body.invite);
  const unusable = "The invite is unknown, used or expired; ask for a new one.";
  // Before the costly hash, and before anybody without an invite learns which addresses have accounts.
  if (!(await findUsableInvite(kit.ctx.store.db, invite, new Date(kit.now())))) throw wrong(unusable);
  return signUp(kit, body, client, {
    owner: false,
    via: "invite",
    invite: { hash: invite, refused: () => wrong(unusable) },
  });
}

type Way = Readonly<{
  owner: boolean;
  via: "setup" | "open" | "invite";
  invite?: Readonly<{ hash: string; refused: () => AppError }>;
}>;

async function signUp(kit: HttpKit, applicant: Applicant, client: Client, way: Way): Promise<Session> {
  const hash = await kit.passwords.hash(applicant.password);
  const { account, channelId, sessionId, refresh } = await kit.ctx.store.db.transaction().execute(async (tx) => {
    const created = await createAccount(kit, tx, applicant, hash, way.owner);
    if (way.invite !== undefined && !(await useInvite(tx, way.invite.hash, created.id, new Date(kit.now())))) {
      throw way.invite.refused();
    }
    const { handle } = applicant;
    const channelId = await createChannelFor(kit.ctx, tx, { ownerId: created.id, handle, title: handle });
    const session = await addRefreshToken(kit, tx, created.id, client);
    const actor = { kind: "account", id: created.id } as const;
    const details = { via: way.via, handle };
    await audit(kit.ctx, actor, { action: "account.create", target: created.id, details }, tx);
    await audit(kit.ctx, actor, { action: "channel.create", channelId, details: { handle } }, tx);
    return { account: created, channelId, ...session };
  });
  await publishMediaCommand(kit.ctx.bus, { type: "stream_keys_added", channelId });
  return { answer: await answerOf(kit, account, sessionId), refresh };
}

async function createAccount(
  kit: HttpKit,
  tx: Kysely<Schema>,
  { email, handle }: Applicant,
  passwordHash: string,
  owner: boolean,
): Promise<AccountRow> {
  const handleTaken = () => new AppError("handle_taken", `The handle @${handle} is taken; choose another.`);
  if (await isHandleTaken(tx, handle)) throw handleTaken();
  const row = {
    id: newId(),
    email,
    handle,
    display_name: handle,
    password_hash: passwordHash,
    owner,
    disabled_at: null,
  };
  try {
    return await insertAccount(tx, { ...row, created_at: new Date(kit.now()) });
  } catch (cause) {
    if (isUniqueViolation(cause, "account_one_owner")) throw alreadySetUp();
    if (isUniqueViolation(cause, "account_handle_key")) throw handleTaken();
    if (!isUniqueViolation(cause, "account_email_key")) throw cause;
    throw new AppError("email_taken", "There is an account with this email address; sign in instead.");
  }
}

function closed(message: string): AppError {
  return new AppError("registration_closed", message);
}

function alreadySetUp(): AppError {
  return new AppError("already_set_up", "This installation has its owner already; sign in.");
}
