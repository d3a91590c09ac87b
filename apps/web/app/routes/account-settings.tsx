/** `/settings`: the account of the person who is signed in. */
import { useTranslation } from "react-i18next";
import { useRevalidator } from "react-router";
import { Invites } from "../features/account/Invites.tsx";
import { PasswordForm } from "../features/account/PasswordForm.tsx";
import { ProfileForm } from "../features/account/ProfileForm.tsx";
import { Sessions } from "../features/account/Sessions.tsx";
import { Tokens } from "../features/account/Tokens.tsx";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { requireMe } from "../lib/session.ts";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import type { Route } from "./+types/account-settings.ts";

const INVITES_SHOWN = 50;

export async function loader({ request, context }: Route.LoaderArgs) {
  const user = await requireMe({ request, context });
  const api = apiFor(context);
  const [sessions, tokens, invites] = await Promise.all([
    load(api.me.sessions()),
    load(api.me.tokens()),
    user.owner ? load(api.invites.list({ limit: INVITES_SHOWN })) : null,
  ]);
  return { user, sessions: sessions.items, tokens: tokens.items, invites: invites?.items ?? null };
}

export function meta() {
  return [{ title: "Account" }, { name: "robots", content: "noindex" }];
}

export default function AccountSettings({ loaderData }: Route.ComponentProps) {
  const { user, sessions, tokens, invites } = loaderData;
  const { t } = useTranslation();
  const { revalidate } = useRevalidator();
  const api = browserApi();
  return (
    <SettingsPage title={t("account:title")}>
      <ProfileForm api={api} user={user} onSaved={revalidate} />
      <PasswordForm api={api} email={user.email} onSaved={revalidate} />
      {/* A fresh document: nothing of the person who left may stay in memory. */}
      <Sessions api={api} sessions={sessions} onChanged={revalidate} onLeft={() => location.assign("/login")} />
      <Tokens api={api} tokens={tokens} onChanged={revalidate} />
      {invites === null ? null : <Invites api={api} invites={invites} onChanged={revalidate} />}
    </SettingsPage>
  );
}
