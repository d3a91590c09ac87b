/** The front page: what is live now, what comes next, what was. */
import { Radio, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MetaDescriptor } from "react-router";
import { FeaturedCard, LiveCard, RecentCard, UpcomingCard } from "../features/discover/cards.tsx";
import { type DiscoverFilters, pathOf, readFilters } from "../features/discover/filters.ts";
import { Filters, SearchNote } from "../features/discover/Filters.tsx";
import { Shelf } from "../features/discover/Shelf.tsx";
import { useRefresh } from "../features/discover/use-refresh.ts";
import { apiFor, load } from "../lib/api.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import { useMe } from "../lib/session.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import type { Route } from "./+types/discover.ts";

export async function loader({ request, context }: Route.LoaderArgs) {
  const filters = readFilters(new URL(request.url).searchParams);
  const { broadcasts } = apiFor(context);
  const [live, upcoming, recent] = await load(
    Promise.all([
      broadcasts.list({ ...filters, view: "live", limit: 24 }),
      broadcasts.list({ ...filters, view: "upcoming", limit: 12 }),
      broadcasts.list({ ...filters, view: "recent", limit: 24 }),
    ]),
  );
  return { site: siteOf(context), filters, live, upcoming, recent };
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site, filters } = loaderData;
  return [
    ...pageMeta(site, {
      title: site.name,
      description: `What is live now, what comes next, and recordings on ${site.name}.`,
      path: pathOf({ category: filters.category }),
      hidden: filters.q !== undefined,
    }),
    { property: "og:type", content: "website" },
    { name: "twitter:card", content: "summary_large_image" },
  ];
}

export default function Discover({ loaderData }: Route.ComponentProps) {
  const { t } = useTranslation();
  const { filters, live, upcoming, recent } = loaderData;
  useRefresh();
  const key = pathOf(filters);
  const empty = live.items.length + upcoming.items.length + recent.items.length === 0;
  return (
    <div className="flex flex-col gap-8">
      <h1 className="sr-only">{t("discover:title")}</h1>
      <Filters filters={filters} />
      <SearchNote filters={filters} />
      {empty ? <Empty filters={filters} /> : null}
      {!empty && live.items.length === 0 ? <Quiet /> : null}
      <Shelf
        key={`live ${key}`}
        title={t("discover:live")}
        page={live}
        query={{ ...filters, view: "live" }}
        featured={(broadcast) => <FeaturedCard broadcast={broadcast} />}
        card={(broadcast, index) => <LiveCard broadcast={broadcast} eager={index < 3} />}
      />
      <Shelf
        key={`upcoming ${key}`}
        title={t("discover:upcoming")}
        page={upcoming}
        query={{ ...filters, view: "upcoming", limit: 12 }}
        card={(broadcast) => <UpcomingCard broadcast={broadcast} />}
      />
      <Shelf
        key={`recent ${key}`}
        title={t("discover:recent")}
        page={recent}
        query={{ ...filters, view: "recent" }}
        card={(broadcast) => <RecentCard broadcast={broadcast} />}
      />
    </div>
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
