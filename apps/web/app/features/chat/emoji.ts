/** The emoji that can be chosen, with their English names. Read when the picker opens first; served by this site. */

/** `tones` are the same with the five skin tones, light to dark, where it has them. */
export type Emoji = Readonly<{ emoji: string; name: string; tags: readonly string[]; tones: readonly string[] }>;
export type EmojiGroup = Readonly<{ key: string; emoji: readonly Emoji[] }>;

/** One line of the data package. Groups are numbers in CLDR's order; letters that only make up flags have none. */
export type EmojiRecord = Readonly<{
  unicode: string;
  label: string;
  group?: number;
  order?: number;
  tags?: readonly string[];
  skins?: readonly Readonly<{ unicode: string }>[];
}>;

// 2 are parts of emoji: skin tones, hair.
const GROUPS = new Map([
  [0, "smileys"],
  [1, "people"],
  [3, "nature"],
  [4, "food"],
  [5, "travel"],
  [6, "activities"],
  [7, "objects"],
  [8, "symbols"],
  [9, "flags"],
]);

const TONES = 5;

let loading: Promise<readonly EmojiGroup[]> | undefined;

/** Rejects when the data cannot be fetched; the next call tries again. */
export function loadEmoji(): Promise<readonly EmojiGroup[]> {
  loading ??= import("emojibase-data/en/compact.json").then(
    ({ default: records }) => groupsOf(records),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** Pure. */
export function groupsOf(records: readonly EmojiRecord[]): readonly EmojiGroup[] {
  const groups = new Map([...GROUPS.values()].map((key) => [key, [] as Emoji[]]));
  const inOrder = records.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
  for (const { unicode, label, group, tags = [], skins = [] } of inOrder) {
    // Two people of different tones have 25 variants: those are left out.
    const tones = skins.length === TONES ? skins.map((skin) => skin.unicode) : [];
    groups.get(GROUPS.get(group ?? -1) ?? "")?.push({ emoji: unicode, name: label, tags, tones });
  }
  return [...groups].map(([key, emoji]) => ({ key, emoji }));
}

const MOST_FOUND = 80;

/** Those whose name or tags have every word of `query`, names that begin with it first. */
export function findEmoji(groups: readonly EmojiGroup[], query: string): readonly Emoji[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = groups
    .flatMap(({ emoji }) => emoji)
    .filter(({ name, tags }) => {
      const known = `${name} ${tags.join(" ")}`.toLowerCase();
      return words.every((word) => known.includes(word));
    });
  const rank = ({ name }: Emoji): number => (name.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_FOUND);
}

/** In the skin tone 1 (light) to 5 (dark); 0: without. */
export function withTone({ emoji, tones }: Emoji, tone: number): string {
  return tones[tone - 1] ?? emoji;
}
