/** A picture 16:9 that is saved as soon as it is chosen. */
import { POSTER_LIMITS } from "@rostrum/contract/channels";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSave } from "../lib/use-save.ts";
import { Button } from "./Button.tsx";
import { FileDrop } from "./FileDrop.tsx";

const MEBIBYTE = 1024 * 1024;

/** `url` null: there is none. Both acts reject with the reason to show. */
export function PosterField({
  url,
  onUpload,
  onRemove,
}: {
  url: string | null;
  onUpload: (file: File) => Promise<unknown>;
  onRemove: () => Promise<unknown>;
}) {
  const { t } = useTranslation();
  const { state, run } = useSave((file: File | null) => (file === null ? onRemove() : onUpload(file)));
  const { widthPx, heightPx, maxBytes } = POSTER_LIMITS;
  return (
    <div className="flex max-w-90 flex-col gap-2">
      <FileDrop
        label={t(url === null ? "poster.choose" : "poster.replace")}
        hint={t("poster.hint", { width: widthPx, height: heightPx, megabytes: maxBytes / MEBIBYTE })}
        accept="image/png,image/jpeg,image/webp,image/avif"
        busy={state.kind === "saving"}
        error={state.kind === "failed" ? state.text : null}
        preview={url === null ? null : <img src={url} alt="" className="absolute inset-0 size-full object-cover" />}
        onFile={(file) => void run(file)}
      />
      <p role="status" className="sr-only">
        {state.kind === "saved" ? t("ui.saved") : ""}
      </p>
      {url === null ? null : (
        <Button
          size="sm"
          variant="ghost"
          className="self-start"
          disabled={state.kind === "saving"}
          onClick={() => void run(null)}
        >
          <Trash2 aria-hidden />
          {t("poster.remove")}
        </Button>
      )}
    </div>
  );
}
