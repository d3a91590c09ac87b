/** Which rules hold in the chat now, one short line each; nothing when there are none. */
import type { ChatSettings } from "@rostrum/contract/chat";
import { Heart, Shield, Smile, Timer, UserCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ageText } from "./age-text.ts";

export function ModeNote({ settings }: { settings: ChatSettings }) {
  const { t } = useTranslation();
  const { mode, slowModeSec, minAgeMin, shield } = settings;
  const age = ageText(minAgeMin);
  const notes: readonly (readonly [string, ReactNode, string])[] = [
    ...(shield ? [["shield", <Shield key="i" aria-hidden />, t("chat:mode.shield")] as const] : []),
    ...(mode === "followers"
      ? [
          [
            "mode",
            <Heart key="i" aria-hidden />,
            t(age ? "chat:mode.followersFor" : "chat:mode.followers", { age: age && t(...age) }),
          ] as const,
        ]
      : []),
    ...(mode === "registered"
      ? [
          [
            "mode",
            <UserCheck key="i" aria-hidden />,
            t(age ? "chat:mode.registeredFor" : "chat:mode.registered", { age: age && t(...age) }),
          ] as const,
        ]
      : []),
    ...(mode === "emotes" ? [["mode", <Smile key="i" aria-hidden />, t("chat:mode.emotes")] as const] : []),
    ...(slowModeSec > 0
      ? [["slow", <Timer key="i" aria-hidden />, t("chat:mode.slow", { count: slowModeSec })] as const]
      : []),
  ];
  if (notes.length === 0) return null;
  return (
    <ul
      aria-label={t("chat:mode.title")}
      className="flex flex-wrap gap-x-3 gap-y-0.5 border-t border-line px-3 py-1.5 text-xs text-muted"
    >
      {notes.map(([key, icon, text]) => (
        <li key={key} className="inline-flex items-center gap-1 [&>svg]:size-3 [&>svg]:shrink-0">
          {icon}
          {text}
        </li>
      ))}
    </ul>
  );
}
