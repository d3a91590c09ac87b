/** The way to a clip, under the player. */
import type { Client } from "@rostrum/client/client";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { Scissors } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { mediaSecOf } from "../../lib/media-time.ts";
import { Button } from "../../ui/Button.tsx";
import { ClipDialog } from "./ClipDialog.tsx";
import { clipWindow, type Range } from "./clip-range.ts";
import { type Frame, type FrameRing, startFrameRing } from "./frame-ring.ts";

export type ClipsApi = Pick<Client, "clips">;

type Chosen = Readonly<{ window: Range | null; frames: readonly Frame[] }>;

/** `player` is what the video stands in. Shown only to those who may make clips. */
export function ClipButton({
  api,
  broadcast,
  player,
}: {
  api: ClipsApi;
  broadcast: Pick<Broadcast, "id" | "title">;
  player: RefObject<HTMLElement | null>;
}) {
  const { t } = useTranslation();
  const ring = useRef<FrameRing | null>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  useEffect(() => {
    const started = startFrameRing(() => player.current?.querySelector("video") ?? null);
    ring.current = started;
    return () => started.close();
  }, [player]);
  const open = (): void => {
    const video = player.current?.querySelector("video");
    const nowMs = video ? mediaSecOf(video) * 1000 : 0;
    setChosen({ window: clipWindow(nowMs), frames: ring.current?.frames() ?? [] });
  };
  return (
    <>
      <Button onClick={open}>
        <Scissors aria-hidden />
        {t("clips:button")}
      </Button>
      {chosen === null ? null : (
        <ClipDialog api={api} broadcast={broadcast} {...chosen} onClose={() => setChosen(null)} />
      )}
    </>
  );
}
