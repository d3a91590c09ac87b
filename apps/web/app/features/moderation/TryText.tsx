/** Tries a text: what filters and limits would make of it. */
import type { Client } from "@rostrum/client/client";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/TextField.tsx";

type Answer = Awaited<ReturnType<Client["moderation"]["tryText"]>>;

const TONES: Record<Answer["verdict"], Tone> = { allow: "green", hold: "amber", refuse: "neutral" };

export function TryText({ api, channelId }: { api: Pick<Client, "moderation">; channelId: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<Answer | null>(null);
  const { state, run, reset } = useSave(async () => setAnswer(await api.moderation.tryText(channelId, text)));
  return (
    <form
      noValidate
      className="flex flex-col gap-3 rounded-sm bg-raised p-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="flex flex-wrap items-end gap-2">
        <TextField
          className="flex-1 basis-48"
          label={t("moderation:try.label")}
          value={text}
          maxLength={500}
          onChange={(event) => {
            reset();
            setAnswer(null);
            setText(event.target.value);
          }}
        />
        <Button type="submit" busy={state.kind === "saving"} disabled={text.trim() === ""}>
          <FlaskConical aria-hidden />
          {t("moderation:try.action")}
        </Button>
      </div>
      <div role="status" className="min-h-5 text-sm">
        {state.kind === "failed" ? <span className="text-live-text">{state.text}</span> : null}
        {answer === null ? null : <Verdict answer={answer} typed={text} />}
      </div>
    </form>
  );
}

function Verdict({ answer: { verdict, text, reason }, typed }: { answer: Answer; typed: string }) {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Badge tone={TONES[verdict]}>{t(`moderation:try.${verdict}`)}</Badge>
      {verdict === "allow" && text !== typed.trim() ? (
        <bdi dir="auto" className="wrap-anywhere">
          {text}
        </bdi>
      ) : null}
      {reason === null ? null : <span className="text-muted">{reason}</span>}
    </p>
  );
}
