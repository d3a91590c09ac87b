/** The mark in a corner of the picture: the picture is saved as soon as it is chosen, the corner with the form. */
import { type OwnBroadcast, WATERMARK_LIMITS, WatermarkCorner } from "@rostrum/contract/broadcasts";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { FileDrop } from "../../ui/FileDrop.tsx";
import { Select } from "../../ui/Select.tsx";
import type { BroadcastFormProps } from "./DetailsForm.tsx";

const MEBIBYTE = 1024 * 1024;

export function WatermarkField(
  props: BroadcastFormProps &
    Readonly<{ corner: OwnBroadcast["watermarkCorner"]; onCorner: (corner: OwnBroadcast["watermarkCorner"]) => void }>,
) {
  const { api, broadcast, onSaved, corner, onCorner } = props;
  const { t } = useTranslation();
  const { state, run } = useSave(async (file: File | null) => {
    const { id } = broadcast;
    onSaved(await (file === null ? api.broadcasts.removeWatermark(id) : api.broadcasts.putWatermark(id, file)));
  });
  const url = broadcast.watermark?.url ?? null;
  const { widthPx, heightPx, maxBytes } = WATERMARK_LIMITS;
  return (
    <section aria-label={t("broadcast-forms:watermark.title")} className="flex flex-col gap-2">
      <span aria-hidden className="text-sm font-medium">
        {t("broadcast-forms:watermark.title")}
      </span>
      <FileDrop
        className="max-w-60"
        label={t(url === null ? "broadcast-forms:watermark.choose" : "broadcast-forms:watermark.replace")}
        hint={t("broadcast-forms:watermark.hint", {
          width: widthPx,
          height: heightPx,
          megabytes: maxBytes / MEBIBYTE,
        })}
        accept="image/png,image/jpeg,image/webp,image/avif"
        busy={state.kind === "saving"}
        error={state.kind === "failed" ? state.text : null}
        preview={
          url === null ? null : <img src={url} alt="" className="absolute inset-0 size-full object-contain p-4" />
        }
        onFile={(file) => void run(file)}
      />
      <p role="status" className="sr-only">
        {state.kind === "saved" ? t("ui.saved") : ""}
      </p>
      {url === null ? null : (
        <>
          <Select
            label={t("broadcast-forms:watermark.corner")}
            value={corner}
            onValueChange={onCorner}
            options={WatermarkCorner.options.map((value) => ({
              value,
              label: t(`broadcast-forms:watermark.corners.${value}`),
            }))}
          />
          <Button
            size="sm"
            variant="ghost"
            className="self-start"
            disabled={state.kind === "saving"}
            onClick={() => void run(null)}
          >
            <Trash2 aria-hidden />
            {t("broadcast-forms:watermark.remove")}
          </Button>
        </>
      )}
    </section>
  );
}
