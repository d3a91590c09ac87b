/** A row of tabs with counts of what wants attention. Arrow keys move between them. */
import type { KeyboardEvent, ReactNode } from "react";
import { cn } from "../../ui/cn.ts";
import { tabClass } from "../../ui/Tabs.tsx";

/** `badgeLabel` says what `badge` counts; 0 is not shown. */
export type SideTab = Readonly<{ id: string; label: string; icon?: ReactNode; badge?: number; badgeLabel?: string }>;

/** Each tab is named `<prefix>-<id>`. */
export function SideTabs(props: {
  prefix: string;
  label: string;
  tabs: readonly SideTab[];
  active: string;
  onTab: (id: string) => void;
  className?: string;
}) {
  const { prefix, label, tabs, active, onTab, className } = props;
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextTab(tabs, active, event.key);
    if (next === undefined) return;
    event.preventDefault();
    onTab(next.id);
    document.getElementById(`${prefix}-${next.id}`)?.focus();
  };
  return (
    <div
      role="tablist"
      aria-label={label}
      onKeyDown={onKeyDown}
      tabIndex={-1}
      className={cn("flex border-b border-line", className)}
    >
      {tabs.map((tab) => (
        <Tab key={tab.id} tab={tab} name={`${prefix}-${tab.id}`} isActive={tab.id === active} onTab={onTab} />
      ))}
    </div>
  );
}

type TabProps = Readonly<{ tab: SideTab; name: string; isActive: boolean; onTab: (id: string) => void }>;

function Tab({ tab: { id, label, icon, badge = 0, badgeLabel }, name, isActive, onTab }: TabProps) {
  return (
    <button
      type="button"
      role="tab"
      id={name}
      aria-selected={isActive}
      tabIndex={isActive ? 0 : -1}
      data-state={isActive ? "active" : "inactive"}
      onClick={() => onTab(id)}
      className={cn(
        tabClass,
        "h-11 min-w-0 flex-auto justify-center gap-1.5 px-1.5 max-sm:[&>svg]:hidden [&>svg]:shrink-0",
      )}
    >
      {icon}
      <span className="truncate">{label}</span>
      {badge > 0 ? (
        <span className="inline-flex h-4.5 min-w-4.5 shrink-0 items-center justify-center rounded-full bg-accent px-1 text-xs font-semibold text-on-solid tabular">
          <span aria-hidden>{badge > 99 ? "99+" : badge}</span>
          <span className="sr-only">{badgeLabel ?? badge}</span>
        </span>
      ) : null}
    </button>
  );
}

/** The tab that a key leads to; undefined: the key is none of these. */
function nextTab(tabs: readonly SideTab[], active: string, key: string): SideTab | undefined {
  const at = tabs.findIndex(({ id }) => id === active);
  switch (key) {
    case "ArrowLeft":
      return tabs.at(at - 1);
    case "ArrowRight":
      return tabs[(at + 1) % tabs.length];
    case "Home":
      return tabs[0];
    case "End":
      return tabs.at(-1);
    default:
      return undefined;
  }
}
