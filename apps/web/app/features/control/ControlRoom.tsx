/** The control room's frame: monitors and panels on one screen of a desk, one panel at a time on a phone. */
import { type ReactNode, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { useHydrated } from "../../lib/locale.tsx";
import { useMediaQuery } from "../../lib/use-media-query.ts";
import { Card } from "../../ui/Card.tsx";
import { cn } from "../../ui/cn.ts";
import { ArrangeBar } from "./ArrangeBar.tsx";
import type { Direction } from "./layout.ts";
import { ArrangeTools, CloseTool, PanelFrame } from "./PanelFrame.tsx";
import { PanelTabs } from "./PanelTabs.tsx";
import type { Panel } from "./panels.ts";
import { type Drag, usePanelDrag } from "./use-panel-drag.ts";
import { panelElementId, type PlacedPanel, RevealContext, type RoomLayout } from "./use-room-layout.ts";

const WIDE = "(width >= 64rem)";

/** `monitor` and `top` have fixed places; everything else is a panel of `layout`. */
export function ControlRoom(props: {
  top: ReactNode;
  notes: ReactNode;
  monitor: ReactNode;
  layout: RoomLayout;
  strip: ReactNode;
  dialogs: ReactNode;
}) {
  const { layout } = props;
  const { t } = useTranslation();
  const [said, say] = useState("");
  const { drag, gripOf } = usePanelDrag(layout.put);
  const isWide = useMediaQuery(WIDE);
  const hostOf = useHosts();
  const shown = layout.columns.flat();
  const seen = useSeen(
    shown.filter(({ panel, isOpen }) => (isWide ? isOpen : layout.tab === panel.id)).map(({ panel }) => panel.id),
  );
  const onStep = (panel: Panel, direction: Direction): void => {
    if (!layout.step(panel.id, direction)) return say(t("control:arrange.noRoom", { title: panel.title }));
    say(t(`control:arrange.moved.${direction}`, { title: panel.title }));
    keepFocus(panel.id, `[data-step="${direction}"]`);
  };
  const onHide = ({ id, title }: Panel): void => {
    layout.setState(id, "hidden");
    say(t("control:arrange.isHidden", { title }));
    focusSoon(() => document.querySelector<HTMLElement>(`[data-show="${id}"]`));
  };
  const onShow = ({ id, title }: Panel): void => {
    layout.setState(id, "open");
    say(t("control:arrange.isShown", { title }));
    keepFocus(id, "[data-step]");
  };
  const onToggle = ({ panel, isOpen }: Pick<PlacedPanel, "panel" | "isOpen">): void => {
    layout.setState(panel.id, isOpen ? "closed" : "open");
    if (typeof panel.node === "function") keepFocus(panel.id, isOpen ? "[aria-expanded]" : "[data-close]");
  };
  const frame = (placed: PlacedPanel, grows: boolean): ReactNode => {
    const { panel, isOpen, isFront } = placed;
    return (
      <DropLine key={panel.id} isHere={drag?.target?.before === panel.id}>
        <PanelFrame
          panel={panel}
          isOpen={isOpen}
          isFront={isFront}
          host={hostOf(panel.id)}
          isTab={layout.tab === panel.id}
          isWide={isWide}
          grows={grows}
          onToggle={() => onToggle(placed)}
          arrange={
            layout.isArranging ? (
              <ArrangeTools
                panel={panel}
                canStep={(direction) => layout.canStep(panel.id, direction)}
                onStep={(direction) => onStep(panel, direction)}
                isOpen={isOpen}
                onToggle={() => layout.setState(panel.id, isOpen ? "closed" : "open")}
                onHide={() => onHide(panel)}
                grip={gripOf(panel.id)}
              />
            ) : null
          }
        />
      </DropLine>
    );
  };
  return (
    <div className="flex flex-col gap-3 px-4 py-3 lg:h-[calc(100dvh-var(--header-height))] lg:min-h-160">
      {props.top}
      {props.notes}
      {layout.isArranging ? <ArrangeBar layout={layout} onShow={onShow} /> : null}
      <p role="status" className="sr-only">
        {said}
      </p>
      <div className="flex min-h-0 flex-1 flex-col gap-3 lg:grid lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1fr)]">
        {layout.columns.map((placed, index) => (
          <Column key={index} index={index} drag={drag}>
            {index === 0 ? (
              <>
                <Card className="shrink-0 overflow-hidden lg:sticky lg:top-0 lg:z-10">{props.monitor}</Card>
                <PanelTabs panels={shown.map(({ panel }) => panel)} tab={layout.tab} onTab={layout.setTab} />
              </>
            ) : null}
            {placed.map((one) => frame(one, growsIn(placed, one)))}
          </Column>
        ))}
      </div>
      <RevealContext value={layout.reveal}>
        {shown
          .filter(({ panel }) => seen.has(panel.id))
          .map(({ panel, isOpen }) => (
            <Content key={panel.id} panel={panel} host={hostOf(panel.id)}>
              <CloseTool title={panel.title} onClose={() => onToggle({ panel, isOpen })} />
            </Content>
          ))}
      </RevealContext>
      {props.strip}
      {props.dialogs}
    </div>
  );
}

/** Takes what is left of the column's height: what wants to, and where nothing does the last open panel. */
function growsIn(column: readonly PlacedPanel[], { panel }: PlacedPanel): boolean {
  if (panel.fills === true) return true;
  const open = column.filter((one) => one.isOpen);
  return open.at(-1)?.panel.id === panel.id && !open.some((one) => one.panel.fills === true);
}

function Column({ index, drag, children }: { index: number; drag: Drag | null; children: ReactNode }) {
  const isEnd = drag?.target?.column === index && drag.target.before === null;
  return (
    <div
      data-column={index}
      className="min-h-0 min-w-0 max-lg:contents lg:flex lg:flex-col lg:gap-2 lg:overflow-y-auto"
    >
      {children}
      {isEnd ? <span aria-hidden className="h-1 shrink-0 rounded-full bg-accent" /> : null}
    </div>
  );
}

/** Where the panel that is dragged would go. */
function DropLine({ isHere, children }: { isHere: boolean; children: ReactNode }) {
  return (
    <>
      <span aria-hidden className={cn("h-1 shrink-0 rounded-full bg-accent", !isHere && "hidden")} />
      {children}
    </>
  );
}

/** Drawn into its host, which moves about: what was typed in a panel stays when the panel is moved or closed. */
function Content({ panel, host, children }: { panel: Panel; host: HTMLElement | null; children: ReactNode }) {
  if (host === null) return null;
  return createPortal(typeof panel.node === "function" ? panel.node(children) : panel.node, host);
}

/** What was in view once: only that is drawn and asks the server for anything, and it stays when it is closed. */
function useSeen(visible: readonly string[]): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  if (visible.some((id) => !seen.has(id))) setSeen(new Set([...seen, ...visible]));
  return seen;
}

/** One element for each panel, kept as long as the room. Null while the page is not alive. */
function useHosts(): (id: string) => HTMLElement | null {
  const hydrated = useHydrated();
  const [hosts] = useState(() => new Map<string, HTMLElement>());
  return (id) => {
    if (!hydrated) return null;
    const known = hosts.get(id) ?? document.createElement("div");
    // No box of its own: the content stands as if it were in the panel itself.
    known.style.display = "contents";
    hosts.set(id, known);
    return known;
  };
}

/** Once it has been drawn in its new place. */
function keepFocus(id: string, what: string): void {
  focusSoon(() => document.getElementById(panelElementId(id))?.querySelector<HTMLElement>(what) ?? null);
}

function focusSoon(find: () => HTMLElement | null): void {
  requestAnimationFrame(() => find()?.focus());
}
