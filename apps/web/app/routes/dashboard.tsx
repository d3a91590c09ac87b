/** `/dashboard`: the crew's own overview. `?new=<channelId>` opens the dialog for a new show. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import { useState } from "react";
import { useNavigate, useRevalidator, useSearchParams } from "react-router";
import { NewBroadcastDialog } from "../features/broadcast-forms/NewBroadcastDialog.tsx";
import { NewChannelDialog } from "../features/channel-forms/NewChannelDialog.tsx";
import { Dashboard } from "../features/dashboard/Dashboard.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import type { Route } from "./+types/dashboard.ts";

const LAST_SHOWN = 10;

export async function loader({ request, context }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const { broadcasts, channels } = apiFor(context);
  const [live, preview, next, drafts, last, mine] = await Promise.all([
    load(broadcasts.mine({ view: "live" })),
    load(broadcasts.mine({ state: "preview" })),
    load(broadcasts.mine({ view: "upcoming" })),
    load(broadcasts.mine({ state: "draft", limit: LAST_SHOWN })),
    load(broadcasts.mine({ view: "recent", limit: LAST_SHOWN })),
    load(channels.mine({ limit: 100 })),
  ]);
  const shows = {
    onAir: [...live.items, ...preview.items],
    next: next.items,
    drafts: drafts.items,
    last: last.items,
  };
  return { shows, channels: mine.items };
}

export function meta() {
  return ownPageMeta(pageText("dashboard:title"));
}

export default function DashboardPage({ loaderData }: Route.ComponentProps) {
  const { shows, channels } = loaderData;
  const navigate = useNavigate();
  const { revalidate } = useRevalidator();
  const [params, setParams] = useSearchParams();
  const [newChannel, setNewChannel] = useState(false);
  const api = browserApi();
  const usable = channels.filter(({ role }) => can(role, "broadcast.create"));
  const [first] = usable;
  const wanted = params.get("new");
  const created = (broadcast: OwnBroadcast): void => {
    void navigate(
      broadcast.state === "scheduled" ? `/broadcasts/${broadcast.id}/settings` : `/control/${broadcast.id}`,
    );
  };
  return (
    <>
      <Dashboard
        shows={shows}
        channels={channels}
        onNew={first === undefined ? null : () => setParams({ new: first.id })}
        onNewChannel={() => setNewChannel(true)}
      />
      {wanted !== null && first !== undefined ? (
        <NewBroadcastDialog
          api={api}
          channels={usable}
          channelId={usable.find(({ id }) => id === wanted)?.id ?? first.id}
          onClose={() => setParams({}, { replace: true })}
          onCreated={created}
        />
      ) : null}
      {newChannel ? (
        <NewChannelDialog
          api={api}
          onClose={() => setNewChannel(false)}
          onCreated={() => {
            setNewChannel(false);
            void revalidate();
          }}
        />
      ) : null}
    </>
  );
}
