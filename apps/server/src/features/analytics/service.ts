/** What other features may ask of analytics: taking in what players report. */
export { aboutOf, GONE_AFTER_MS, growthOf, isKnown, type Counted, type SessionReport } from "./session-report.ts";
export { REPORTS_AT_ONCE, storeReports, storeSums } from "./store.ts";
export { Tally } from "./tally.ts";
