/** On phones one panel is shown at a time, chosen here. */
import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { tabClass } from "../../ui/Tabs.tsx";
import { PanelBadge } from "./PanelFrame.tsx";
import type { Panel } from "./panels.ts";
import { panelElementId } from "./use-room-layout.ts";

const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowLeft: (index, count) => (index + count - 1) % count,
  ArrowRight: (index, count) => (index + 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Arrow keys, Home and End move between the tabs. WAI-ARIA tabs, with automatic activation. */
export function PanelTabs(props: { panels: readonly Panel[]; tab: string | null; onTab: (id: string) => void }) {
  const { panels, tab, onTab } = props;
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = panels.findIndex(({ id }) => id === tab);
    const next = panels[STEPS[event.key]?.(index, panels.length) ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    onTab(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div
      ref={list}
      role="tablist"
      aria-label={t("control:panels.label")}
      onKeyDown={onKeyDown}
      tabIndex={-1}
      className="sticky top-(--header-height) z-10 -mx-4 flex overflow-x-auto border-b border-line bg-canvas px-2 [scrollbar-width:none] lg:hidden"
    >
      {panels.map(({ id, title, icon, badge = 0 }) => (
        <button
          key={id}
          type="button"
          role="tab"
          data-tab={id}
          aria-selected={id === tab}
          aria-controls={panelElementId(id)}
          tabIndex={id === tab ? 0 : -1}
          data-state={id === tab ? "active" : "inactive"}
          onClick={(event) => {
            onTab(id);
            event.currentTarget.scrollIntoView({ block: "nearest", inline: "nearest" });
          }}
          className={cn(tabClass, "h-11 whitespace-nowrap")}
        >
          {icon}
          {title}
          <PanelBadge count={badge} />
        </button>
      ))}
    </div>
  );
}
