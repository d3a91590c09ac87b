/** The moderators' desk of a show: what was done, who appeals, who is banned, what was said. Fills what it stands in, and scrolls. */
import type { Client } from "@rostrum/client/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTopic } from "../../lib/realtime/use-topic.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { AppealList } from "./AppealList.tsx";
import { BanList } from "./BanList.tsx";
import { ChatSearch } from "./ChatSearch.tsx";
import { isWaiting, LOG_DESK, type LogDesk, REFUSED } from "./log-desk.ts";
import { LogPanel } from "./LogPanel.tsx";
import type { OnPerson } from "./PersonName.tsx";

type Tab = "log" | "appeals" | "bans" | "search";

/** Only for moderators, in browsers. */
export function ModerationDesk(props: {
  api: Pick<Client, "moderation" | "chat">;
  channelId: string;
  broadcastId: string;
  onPerson?: OnPerson;
}) {
  const { api, channelId, broadcastId, onPerson } = props;
  const { t } = useTranslation();
  const [tab, setTab] = useState<Tab>("log");
  const { state: desk } = useTopic(`channel:${channelId}`, LOG_DESK);
  const { state: refused } = useTopic(`moderation:${broadcastId}`, REFUSED);
  const open = openAppeals(desk);
  const list = { api, channelId, onPerson };
  return (
    <Tabs<Tab>
      label={t("moderation:title")}
      className="h-full overflow-y-auto px-4 pt-1 pb-4"
      value={tab}
      onValueChange={setTab}
      items={[
        {
          value: "log",
          label: t("moderation:tab.log"),
          content: <LogPanel {...list} heard={desk.log} refused={refused} />,
        },
        {
          value: "appeals",
          label: (
            <>
              {t("moderation:tab.appeals")}
              {open === 0 ? null : (
                <Badge tone="amber">
                  {open}
                  <span className="sr-only"> {t("moderation:tab.open")}</span>
                </Badge>
              )}
            </>
          ),
          content: <AppealList {...list} heard={desk.appeals} />,
        },
        {
          value: "bans",
          label: t("moderation:tab.bans"),
          content: <BanList {...list} version={desk.log.find(isAboutBans)?.id} />,
        },
        {
          value: "search",
          label: t("moderation:tab.search"),
          content: <ChatSearch {...list} broadcastId={broadcastId} />,
        },
      ]}
    />
  );
}

/** How many appeals wait for an answer. */
export function useOpenAppeals(channelId: string): number {
  return openAppeals(useTopic(`channel:${channelId}`, LOG_DESK).state);
}

const openAppeals = ({ appeals }: LogDesk): number => appeals.filter(isWaiting).length;

const ABOUT_BANS: ReadonlySet<string> = new Set(["timeout", "ban", "unban", "undo", "answer"]);
const isAboutBans = ({ act }: Readonly<{ act: string }>): boolean => ABOUT_BANS.has(act);
