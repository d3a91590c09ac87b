/** Who gets how much of a subscriber's bandwidth. Pure; costs are bits per second. Audio is taken off the budget before. */

/** One video track of a subscriber. */
export type Demand = Readonly<{
  /** Costs of what could be sent, rising; empty while nothing flows. */
  costsBps: readonly number[];
  /** What is sent now, an index into `costsBps`; -1 while paused or not begun. */
  current: number;
  /** A shared screen is served before cameras: text that cannot be read is worth nothing. */
  screen: boolean;
  /** Pixels at which it is shown; larger first. */
  sizePx: number;
}>;

export type Allocation = Readonly<{
  /** Per demand an index into its costs, -1 to pause it. */
  chosen: readonly number[];
  /** What the chosen ones cost together. */
  usedBps: number;
  /** How much wider the link had to be for the next step up, 0 when all have what they want. */
  missingBps: number;
}>;

// Going up needs room to spare, staying needs a little less than it costs: a measured cost swings by some percent.
const UP_MARGIN = 1.15;
const STAY_MARGIN = 0.95;
// The first picture is taken away only when there is no doubt: a little too much for the link is better than none.
const FIRST_MARGIN = 0.75;
// Further ones stay while all fit the link; when it was just found full it is taken for 85 % of what it carries.
const FURTHER_MARGIN = 0.85;
const NONE = -1;

/**
 * Everyone gets a picture before anyone gets a better one; then screens rise as far as they can, then cameras step by step,
 * the largest first. What does not fit even at its lowest is paused.
 * @param lowestBps what the lowest of all may cost together: more than the budget while that is a guess
 */
export function allocate(budgetBps: number, demands: readonly Demand[], lowestBps = budgetBps): Allocation {
  const chosen = demands.map(() => NONE);
  const order = demands.map((_, index) => index).sort((a, b) => byRank(demands[a], demands[b]) || a - b);
  let left = lowestBps;
  let missingBps = 0;
  const begin = (index: number): void => {
    const demand = demands[index];
    const lowest = demand?.costsBps[0];
    if (demand === undefined || lowest === undefined) return;
    const margin = chosen.includes(0) ? FURTHER_MARGIN : FIRST_MARGIN;
    const needed = lowest * (demand.current < 0 ? UP_MARGIN : margin);
    if (needed <= left) {
      chosen[index] = 0;
      left -= needed;
    } else if (missingBps === 0) missingBps = Math.max(1, needed - Math.max(0, left));
  };
  const step = (index: number): void => {
    const demand = demands[index];
    const from = chosen[index] ?? -1;
    if (demand === undefined || from < 0 || from + 1 >= demand.costsBps.length) return;
    const extra = Math.max(0, priced(demand, from + 1) - priced(demand, from));
    if (extra <= left) {
      chosen[index] = from + 1;
      left -= extra;
    } else if (missingBps === 0) missingBps = Math.max(1, extra - Math.max(0, left));
  };
  const screens = order.filter((index) => demands[index]?.screen);
  const rounds = demands.reduce((most, { costsBps }) => Math.max(most, costsBps.length), 0);
  for (const index of order) begin(index);
  // From here on with what they really cost.
  left = budgetBps - order.reduce((sum, index) => sum + pricedAt(index), 0);
  for (let round = 1; round < rounds; round++) for (const index of screens) step(index);
  for (let round = 1; round < rounds; round++) for (const index of order) stepOnce(index, round);
  return { chosen, usedBps: cost(demands, chosen), missingBps };

  function pricedAt(index: number): number {
    const demand = demands[index];
    return demand === undefined || chosen[index] === NONE ? 0 : priced(demand, 0);
  }

  /** In round n only those rise that stand at n - 1, so that none gets two steps ahead of its equals. */
  function stepOnce(index: number, round: number): void {
    if (chosen[index] === round - 1) step(index);
  }
}

function byRank(a: Demand | undefined, b: Demand | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return Number(b.screen) - Number(a.screen) || b.sizePx - a.sizePx;
}

/** The cost of a step with its margin; each step costs at least as much as the one below. */
function priced(demand: Demand, step: number): number {
  let highest = 0;
  for (let index = 0; index <= step; index++) highest = Math.max(highest, demand.costsBps[index] ?? 0);
  if (step > demand.current) return highest * UP_MARGIN;
  return step === demand.current ? highest * STAY_MARGIN : highest;
}

function cost(demands: readonly Demand[], chosen: readonly number[]): number {
  return demands.reduce((sum, demand, index) => sum + (demand.costsBps[chosen[index] ?? -1] ?? 0), 0);
}
