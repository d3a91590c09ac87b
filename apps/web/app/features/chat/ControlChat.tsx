/** The chat for those who run a show: with what waits for a moderator on top of it. Fills what it stands in. */
import { type ChannelRole, can } from "@rostrum/contract/permissions";
import type { ReactNode } from "react";
import { browserApi } from "../../lib/api.ts";
import type { OnPerson } from "./AuthorName.tsx";
import { ChatPanel } from "./ChatPanel.tsx";
import { HoldQueue } from "./HoldQueue.tsx";

/** As it is said: a producer is ahead of every picture. `corner` stands at the end of the header. */
export function ControlChat(props: {
  broadcastId: string;
  role: ChannelRole;
  overlayUrl: string | null;
  onPerson?: OnPerson;
  corner?: ReactNode;
}) {
  const { broadcastId, role, overlayUrl, onPerson, corner } = props;
  const place = { broadcastId, popOut: `/watch/${broadcastId}/chat`, overlayUrl, corner };
  return (
    <ChatPanel api={browserApi()} {...place} onPerson={onPerson}>
      {can(role, "chat.moderate") ? <HoldQueue broadcastId={broadcastId} onPerson={onPerson} /> : null}
    </ChatPanel>
  );
}
