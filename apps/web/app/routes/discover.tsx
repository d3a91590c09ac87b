/** The front page: what is live now, what comes next, what was. */
import { Radio, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MetaDescriptor } from "react-router";
import { FeaturedCard, LiveCard, RecentCard, UpcomingCard } from "../features/discover/cards.tsx";
import { type DiscoverFilters, pathOf, readFilters } from "../features/discover/filters.ts";
import { Filters, SearchNote } from "../features/discover/Filters.tsx";
import { Shelf } from "../features/discover/Shelf.tsx";
import { isBare, listShelves, type Shelves, useShelves } from "../features/discover/use-shelves.ts";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import { useMe } from "../lib/session.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import type { Route } from "./+types/discover.ts";

export async function loader({ request, context }: Route.LoaderArgs) {
  const filters = readFilters(new URL(request.url).searchParams);
  const shelves = await load(listShelves(apiFor(context), filters));
  return { site: siteOf(context), filters, shelves };
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site, filters } = loaderData;
  return [
    ...pageMeta(site, {
      title: site.name,
      description: pageText("discover:description", { name: site.name }),
      path: pathOf({ category: filters.category }),
      hidden: filters.q !== undefined,
    }),
    { property: "og:type", content: "website" },
    { name: "twitter:card", content: "summary_large_image" },
  ];
}

export default function Discover({ loaderData }: Route.ComponentProps) {
  const { t } = useTranslation();
  const { filters, shelves } = loaderData;
  return (
    <div className="flex flex-col gap-8">
      <h1 className="sr-only">{t("discover:title")}</h1>
      <Filters filters={filters} />
      <SearchNote filters={filters} />
      <Shows key={pathOf(filters)} filters={filters} initial={shelves} />
    </div>
  );
}

function Shows({ filters, initial }: { filters: DiscoverFilters; initial: Shelves }) {
  const { t } = useTranslation();
  const shelves = useShelves(browserApi(), filters, initial);
  const { live, upcoming, recent } = shelves;
  if (isBare(shelves)) return <Empty filters={filters} />;
  return (
    <>
      {live.items.length === 0 ? <Quiet /> : null}
      <Shelf
        title={t("discover:live")}
        page={live}
        query={{ ...filters, view: "live" }}
        featured={(broadcast) => <FeaturedCard broadcast={broadcast} />}
        card={(broadcast, index) => <LiveCard broadcast={broadcast} eager={index < 3} />}
      />
      <Shelf
        title={t("discover:upcoming")}
        page={upcoming}
        query={{ ...filters, view: "upcoming", limit: 12 }}
        card={(broadcast) => <UpcomingCard broadcast={broadcast} />}
      />
      <Shelf
        title={t("discover:recent")}
        page={recent}
        query={{ ...filters, view: "recent" }}
        card={(broadcast) => <RecentCard broadcast={broadcast} />}
      />
    </>
  );
}

function Quiet() {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 rounded-md border border-line bg-surface px-4 py-3">
      <span className="font-semibold">{t("discover:quiet.title")}</span>
      <span className="text-muted">{t("discover:quiet.text")}</span>
    </p>
  );
}

function Empty({ filters }: { filters: DiscoverFilters }) {
  const { t } = useTranslation();
  const me = useMe();
  if (filters.q || filters.category || filters.language) {
    return (
      <EmptyState
        icon={<SearchX />}
        title={t("discover:empty.noneTitle")}
        action={<ButtonLink to="/">{t("discover:empty.noneAction")}</ButtonLink>}
      >
        {t("discover:empty.noneText")}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Radio />}
      title={t("discover:empty.title")}
      action={
        <ButtonLink to="/dashboard" variant="primary">
          {me ? t("discover:empty.action") : t("discover:empty.signIn")}
        </ButtonLink>
      }
    >
      {t("discover:empty.text")}
    </EmptyState>
  );
}
