/** What stands in the control room beside the monitors: panels of any feature, composed in routes/control.tsx. */
import type { ReactNode } from "react";

/** One panel. Left out of the list: it is not for this show, or not for this role; its place in the layout is kept. */
export type Panel = Readonly<{
  /** Never changes: layouts remember it. Lower-case letters, digits and hyphens, at most 40. */
  id: string;
  /** Short: also the label of its tab on phones. */
  title: string;
  /** One lucide icon. */
  icon: ReactNode;
  /**
   * What is in it, without a heading of its own: the room shows `title` as an `h2` above it. As a function it draws its own header
   * and puts the room's tools at the end of it.
   */
  node: ReactNode | ((tools: ReactNode) => ReactNode);
  /** What waits for somebody. Left out or 0: nothing. */
  badge?: number;
  /** Beside the title, such as how fresh the figures are. */
  aside?: ReactNode;
  /** Takes the height that is left and scrolls by itself; without it the room pads and scrolls. */
  fills?: boolean;
}>;

/** The panel is shown with its content, as its title bar only, or not at all. */
export type PanelState = "open" | "closed" | "hidden";

/** Where panels stand until somebody moves them, from top to bottom in each of the three columns. */
export const HOMES: readonly Readonly<{ id: string; column: 0 | 1 | 2; state: PanelState }>[] = [
  { id: "sources", column: 0, state: "open" },
  { id: "recording", column: 0, state: "open" },
  { id: "settings", column: 0, state: "closed" },
  { id: "share", column: 0, state: "closed" },
  { id: "health", column: 1, state: "open" },
  { id: "audience", column: 1, state: "closed" },
  { id: "tips", column: 1, state: "closed" },
  { id: "announcements", column: 1, state: "closed" },
  { id: "handouts", column: 1, state: "closed" },
  { id: "interaction", column: 1, state: "closed" },
  { id: "registrations", column: 1, state: "closed" },
  { id: "connect", column: 1, state: "closed" },
  { id: "ladder", column: 1, state: "closed" },
  { id: "chat", column: 2, state: "open" },
  { id: "moderation", column: 2, state: "closed" },
  { id: "questions", column: 2, state: "closed" },
  { id: "polls", column: 2, state: "closed" },
  { id: "hands", column: 2, state: "closed" },
];
