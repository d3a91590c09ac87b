/** One panel in its place: title bar, tools, and the room for its content. */
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ChevronDown, EyeOff, GripVertical } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import type { Direction } from "./layout.ts";
import type { Panel } from "./panels.ts";
import { panelElementId, type PlacedPanel } from "./use-room-layout.ts";

export type PanelFrameProps = PlacedPanel &
  Readonly<{
    /** Holds the content, also while it moves from one place to another. Null before the page is alive. */
    host: HTMLElement | null;
    /** The only one that phones show. */
    isTab: boolean;
    /** Phones choose panels by tabs; on a desk all stand side by side. */
    isWide: boolean;
    /** Takes the height that is left. */
    grows: boolean;
    /** In place of the title bar while the room is rearranged, else null. */
    arrange: ReactNode | null;
    onToggle: () => void;
  }>;

export function PanelFrame(props: PanelFrameProps) {
  const { panel, isOpen, isFront, host, isTab, isWide, grows, arrange, onToggle } = props;
  const id = panelElementId(panel.id);
  const section = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isWide && isOpen && isFront) section.current?.scrollIntoView({ block: "nearest" });
  }, [isWide, isOpen, isFront]);
  useLayoutEffect(() => {
    if (host !== null) body.current?.append(host);
  }, [host]);
  const drawsHeader = typeof panel.node === "function" && isOpen && arrange === null;
  return (
    <section
      ref={section}
      id={id}
      data-panel={panel.id}
      // What draws its own header is a landmark of its own with the same name.
      aria-label={typeof panel.node === "function" && isOpen && isWide ? undefined : panel.title}
      tabIndex={-1}
      {...(isWide ? {} : { role: "tabpanel" })}
      className={cn(
        "relative flex min-w-0 shrink-0 flex-col overflow-hidden rounded-md border border-line bg-surface outline-none focus-visible:outline-2",
        isOpen && (isFront ? "lg:max-h-112" : "lg:min-h-36 lg:shrink"),
        isOpen && panel.fills === true && "lg:max-h-none lg:min-h-72 lg:basis-0",
        isOpen && grows && "lg:grow",
        !isTab && "max-lg:hidden",
      )}
    >
      {typeof panel.node === "function" ? null : (
        <h2 className={cn("sr-only", arrange === null && "lg:hidden")}>{panel.title}</h2>
      )}
      {arrange ?? <TitleBar panel={panel} isOpen={isOpen} isHidden={drawsHeader} onToggle={onToggle} />}
      <div
        id={`${id}-body`}
        ref={body}
        className={cn(
          "relative min-h-0 flex-1",
          panel.fills === true
            ? "max-lg:h-[max(20rem,calc(100dvh-var(--header-height)-7rem))] max-lg:flex-none"
            : "p-4 lg:overflow-y-auto",
          !isOpen && "lg:hidden",
        )}
      >
        {host === null ? <Skeleton className="m-4 h-24" /> : null}
      </div>
    </section>
  );
}

function TitleBar(props: { panel: Panel; isOpen: boolean; isHidden: boolean; onToggle: () => void }) {
  const { panel, isOpen, isHidden, onToggle } = props;
  const id = panelElementId(panel.id);
  return (
    <header
      className={cn(
        "flex h-10 shrink-0 items-center gap-2 pr-3 max-lg:hidden",
        isOpen && "border-b border-line",
        isHidden && "hidden",
      )}
    >
      <h2 className="min-w-0 flex-1 text-base font-semibold">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={`${id}-body`}
          onClick={onToggle}
          className="flex h-10 w-full items-center gap-2.5 pl-3.5 text-left hover:bg-hover focus-visible:-outline-offset-2 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-icon"
        >
          {panel.icon}
          <span className="truncate">{panel.title}</span>
          <PanelBadge count={panel.badge ?? 0} />
          <ChevronDown aria-hidden className={cn("ml-auto transition-transform", isOpen && "rotate-180")} />
        </button>
      </h2>
      {isOpen ? panel.aside : null}
    </header>
  );
}

/** How many wait for somebody. Nothing for nobody. */
export function PanelBadge({ count }: { count: number }) {
  const { t } = useTranslation();
  if (count <= 0) return null;
  return (
    <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-xs font-semibold text-on-solid tabular">
      <span aria-hidden>{count > 99 ? "99+" : count}</span>
      <span className="sr-only">{t("control:panels.waiting", { count })}</span>
    </span>
  );
}

/** For panels that draw their own header: closes the panel. Phones have tabs instead. */
export function CloseTool({ title, onClose }: { title: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <IconButton
      size="sm"
      data-close
      label={t("control:panels.close", { title })}
      icon={<ChevronDown aria-hidden className="rotate-180" />}
      onClick={onClose}
      className="max-lg:hidden"
    />
  );
}

const STEPS: readonly Readonly<{ direction: Direction; icon: ReactNode }>[] = [
  { direction: "left", icon: <ArrowLeft aria-hidden /> },
  { direction: "up", icon: <ArrowUp aria-hidden /> },
  { direction: "down", icon: <ArrowDown aria-hidden /> },
  { direction: "right", icon: <ArrowRight aria-hidden /> },
];

export type ArrangeToolsProps = Readonly<{
  panel: Panel;
  canStep: (direction: Direction) => boolean;
  onStep: (direction: Direction) => void;
  isOpen: boolean;
  onToggle: () => void;
  onHide: () => void;
  /** Spread on the handle that is dragged. */
  grip: React.ComponentProps<"span">;
}>;

/** In place of each panel's title bar while the room is rearranged. A step that leads nowhere stays in the tab order: the focus must not be lost. */
export function ArrangeTools(props: ArrangeToolsProps) {
  const { panel, canStep, onStep, isOpen, onToggle, onHide, grip } = props;
  const { t } = useTranslation();
  const { title } = panel;
  return (
    <div
      role="toolbar"
      aria-label={t("control:arrange.tools", { title })}
      className="flex h-10 shrink-0 items-center border-b border-accent-line bg-accent-tint px-1.5 max-lg:hidden"
    >
      <span
        {...grip}
        aria-hidden
        title={t("control:arrange.drag", { title })}
        className="inline-flex h-8 min-w-8 flex-1 cursor-grab touch-none items-center gap-2 rounded-sm px-1.5 text-sm font-medium text-accent-text select-none active:cursor-grabbing"
      >
        <GripVertical className="size-4 shrink-0" />
        <span className="truncate">{title}</span>
      </span>
      {STEPS.map(({ direction, icon }) => (
        <IconButton
          key={direction}
          size="sm"
          data-step={direction}
          label={t(`control:arrange.${direction}`, { title })}
          icon={icon}
          aria-disabled={canStep(direction) ? undefined : true}
          onClick={() => onStep(direction)}
          className="aria-disabled:opacity-40"
        />
      ))}
      <IconButton
        size="sm"
        label={t(isOpen ? "control:panels.close" : "control:panels.open", { title })}
        icon={<ChevronDown aria-hidden className={cn("transition-transform", isOpen && "rotate-180")} />}
        aria-expanded={isOpen}
        onClick={onToggle}
      />
      <IconButton
        size="sm"
        label={t("control:arrange.hide", { title })}
        icon={<EyeOff aria-hidden />}
        onClick={onHide}
      />
    </div>
  );
}
