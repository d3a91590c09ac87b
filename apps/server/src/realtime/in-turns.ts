/** Much to do, a little at a time. */

/** Runs `task` for each item, at most `atOnce` at a time; rejects with the first error of a task. */
export async function inTurns<T>(items: Iterable<T>, atOnce: number, task: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, work));
}
