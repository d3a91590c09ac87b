/** What the roles bind to other features: who of the registered watches. */
export { createVisits } from "./visits.ts";
