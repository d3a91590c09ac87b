/** Over the panels while the room is rearranged: what is hidden, back to the beginning, done. */
import { Plus, RotateCcw } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import type { Panel } from "./panels.ts";
import type { RoomLayout } from "./use-room-layout.ts";

/** Takes the focus when it appears; when it goes, what had the focus in it or in the panels' tools leads to the button that brings it back. */
export function ArrangeBar({ layout, onShow }: { layout: RoomLayout; onShow: (panel: Panel) => void }) {
  const { t } = useTranslation();
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    done.current?.focus();
    return () => {
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (isLost) document.querySelector<HTMLElement>("[data-arrange]")?.focus();
    };
  }, []);
  return (
    <section
      aria-label={t("control:arrange.title")}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-accent-line bg-accent-tint px-4 py-2 text-sm max-lg:hidden"
    >
      <p className="min-w-0 flex-1 basis-72 text-accent-text">{t("control:arrange.help")}</p>
      {layout.hidden.length === 0 ? null : (
        <ul aria-label={t("control:arrange.hidden")} className="flex flex-wrap gap-1.5">
          {layout.hidden.map((panel) => (
            <li key={panel.id}>
              <Button
                size="sm"
                data-show={panel.id}
                aria-label={t("control:arrange.show", { title: panel.title })}
                onClick={() => onShow(panel)}
              >
                <Plus aria-hidden />
                {panel.title}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <span className="flex gap-2">
        <Button size="sm" variant="ghost" onClick={layout.reset}>
          <RotateCcw aria-hidden />
          {t("control:arrange.reset")}
        </Button>
        <Button ref={done} size="sm" variant="primary" onClick={() => layout.setArranging(false)}>
          {t("control:arrange.done")}
        </Button>
      </span>
    </section>
  );
}
