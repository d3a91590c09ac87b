/** `/settings`: the account of the person who is signed in. */
import type { Invite } from "@rostrum/contract/accounts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Invites } from "../features/account/Invites.tsx";
import { PasswordForm } from "../features/account/PasswordForm.tsx";
import { ProfileForm } from "../features/account/ProfileForm.tsx";
import { Sessions } from "../features/account/Sessions.tsx";
import { Tokens } from "../features/account/Tokens.tsx";
import { FollowedList } from "../features/follows/FollowedList.tsx";
import { PushSection } from "../features/notifications/PushSection.tsx";
import { OwnBans } from "../features/chat/OwnBans.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import { usePolling } from "../lib/use-polling.ts";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import type { Route } from "./+types/account-settings.ts";

const INVITES_SHOWN = 50;
const POLL_MS = 30_000;

export async function loader({ request, context }: Route.LoaderArgs) {
  const user = await requireMe({ request, context });
  const api = apiFor(context);
  const [sessions, tokens, browsers, follows, bans, invites] = await Promise.all([
    load(api.me.sessions()),
    load(api.me.tokens()),
    load(api.push.list()),
    load(api.follows.list()),
    load(api.moderation.ownBans()),
    user.owner ? load(api.invites.list({ limit: INVITES_SHOWN })) : null,
  ]);
  return {
    ...{ user, follows, bans: bans.items, sessions: sessions.items, tokens: tokens.items },
    ...{ browsers: browsers.items, invites: invites?.items ?? null },
  };
}

export function meta() {
  return ownPageMeta(pageText("account:title"));
}

export default function AccountSettings({ loaderData }: Route.ComponentProps) {
  const { t } = useTranslation();
  const api = browserApi();
  const [user, setUser] = useState(loaderData.user);
  const sessions = usePolling(async (signal) => (await api.me.sessions({ signal })).items, {
    initial: loaderData.sessions,
    intervalMs: POLL_MS,
  });
  const tokens = usePolling(async (signal) => (await api.me.tokens({ signal })).items, {
    initial: loaderData.tokens,
    intervalMs: POLL_MS,
  });
  const browsers = usePolling(async (signal) => (await api.push.list({ signal })).items, {
    initial: loaderData.browsers,
    intervalMs: POLL_MS,
  });
  return (
    <SettingsPage title={t("account:title")}>
      <ProfileForm api={api} user={user} onSaved={setUser} />
      <PushSection api={api} browsers={browsers.data} email={user.email} onChanged={browsers.refresh} />
      <FollowedList api={api} initial={loaderData.follows} />
      <OwnBans bans={loaderData.bans} />
      <PasswordForm api={api} email={user.email} onSaved={sessions.refresh} />
      {/* A fresh document: nothing of the person who left may stay in memory. */}
      <Sessions
        api={api}
        sessions={sessions.data}
        onChanged={sessions.refresh}
        onLeft={() => location.assign("/login")}
      />
      <Tokens api={api} tokens={tokens.data} onChanged={tokens.refresh} />
      {loaderData.invites === null ? null : <InviteList initial={loaderData.invites} />}
    </SettingsPage>
  );
}

function InviteList({ initial }: { initial: readonly Invite[] }) {
  const api = browserApi();
  const { data, refresh } = usePolling<readonly Invite[]>(
    async (signal) => (await api.invites.list({ limit: INVITES_SHOWN }, { signal })).items,
    { initial, intervalMs: POLL_MS },
  );
  return <Invites api={api} invites={data} onChanged={refresh} />;
}
