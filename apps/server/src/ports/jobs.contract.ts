/** What every job queue must do; each adapter's test runs this. */
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JobRun, Jobs } from "./jobs.ts";

/** Declares the tests. `open` gives a queue over the same store each time; the suite closes what it opened. */
export function jobsContract(open: () => Promise<Jobs> | Jobs): void {
  let opened: Jobs[];
  let queue: string;
  beforeEach(() => {
    opened = [];
    queue = `q-${process.hrtime.bigint()}`;
  });
  afterEach(() => Promise.all(opened.map((jobs) => jobs.close())));

  const start = async (): Promise<Jobs> => {
    const jobs = await open();
    opened.push(jobs);
    return jobs;
  };
  const one = { concurrency: 1, limitSec: 60 };
  /** Hears of jobs in the order in which they were done. */
  const heard = <T>() => {
    const got: T[] = [];
    const waiting: Array<() => void> = [];
    return {
      got,
      add: (item: T): void => {
        got.push(item);
        for (const wake of waiting.splice(0)) wake();
      },
      async until(count: number): Promise<T[]> {
        while (got.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
        return got;
      },
    };
  };

  test("a queue has one handler in a process", async () => {
    const jobs = await start();
    await jobs.work(queue, one, async () => {});
    await expect(jobs.work(queue, one, async () => {})).rejects.toThrow(`The queue ${queue} has a handler`);
  });

  test("a closed queue takes nothing", async () => {
    const jobs = await start();
    await jobs.close();
    await jobs.close();
    await expect(jobs.send(queue, {})).rejects.toThrow("The job queue is closed.");
    await expect(jobs.work(queue, one, async () => {})).rejects.toThrow("The job queue is closed.");
  });

  test("what was sent before there was a handler is done, with its data", async () => {
    const jobs = await start();
    await jobs.send(queue, { n: 1, list: ["ä"] });
    const done = heard<object>();
    await jobs.work(queue, one, async (data) => done.add(data));
    expect(await done.until(1)).toEqual([{ n: 1, list: ["ä"] }]);
  });

  test("a job that is sent while the handler waits begins at once", async () => {
    const jobs = await start();
    const done = heard<number>();
    await jobs.work<{ n: number }>(queue, one, async ({ n }) => done.add(n));
    for (let n = 0; n < 20; n += 1) {
      await jobs.send(queue, { n });
      await done.until(n + 1);
    }
    // With polling alone this would have taken most of a minute.
    expect(done.got).toHaveLength(20);
  });

  test("a failed job is tried again, and the last attempt knows that it is the last", async () => {
    const jobs = await start();
    const tries = heard<Pick<JobRun, "attempt" | "last">>();
    await jobs.send(queue, {}, { retries: 1 });
    await jobs.work(queue, one, async (_, { attempt, last }) => {
      tries.add({ attempt, last });
      throw new Error("not today");
    });
    expect(await tries.until(2)).toEqual([
      { attempt: 1, last: false },
      { attempt: 2, last: true },
    ]);
  });

  test("while a job with a key waits or runs, another is not added; afterwards it is", async () => {
    const jobs = await start();
    const [started, release] = [heard<number>(), Promise.withResolvers<void>()];
    await jobs.send(queue, { n: 1 }, { key: "a" });
    await jobs.send(queue, { n: 2 }, { key: "a" });
    await jobs.send(queue, { n: 3 }, { key: "b" });
    await jobs.work<{ n: number }>(queue, { concurrency: 3, limitSec: 60 }, async ({ n }) => {
      started.add(n);
      await release.promise;
    });
    expect(await started.until(2)).toEqual(expect.arrayContaining([1, 3]));
    await jobs.send(queue, { n: 4 }, { key: "a" });
    await jobs.send(queue, { n: 5 }, { key: "c" });
    expect(await started.until(3)).toContain(5);
    release.resolve();
    // The handler has returned a moment before its job is written down as done.
    while (!started.got.includes(6)) await jobs.send(queue, { n: 6 }, { key: "a" });
    expect(started.got).not.toContain(4);
  });

  test("the keys of a queue are those of jobs that wait or run, not of one that was given up", async () => {
    const jobs = await start();
    expect(await jobs.openKeys(queue)).toEqual(new Set());
    const [begun, release] = [heard<string>(), Promise.withResolvers<void>()];
    await jobs.send(queue, { name: "bad" }, { key: "bad", retries: 0 });
    await jobs.send(queue, { name: "good" }, { key: "good" });
    await jobs.send(queue, {}, { key: "later", notBefore: new Date(Date.now() + 3_600_000) });
    expect(await jobs.openKeys(queue)).toEqual(new Set(["bad", "good", "later"]));
    await jobs.work<{ name: string }>(queue, one, async ({ name }) => {
      begun.add(name);
      if (name === "bad") throw new Error("not today");
      await release.promise;
    });
    await begun.until(2);
    expect(await jobs.openKeys(queue)).toEqual(new Set(["good", "later"]));
    expect(await jobs.openKeys(`${queue}-other`)).toEqual(new Set());
    release.resolve();
  });

  test("no more jobs run at a time than the handler takes", async () => {
    const jobs = await start();
    let [now, most] = [0, 0];
    const done = heard<number>();
    for (let n = 0; n < 8; n += 1) await jobs.send(queue, { n });
    await jobs.work<{ n: number }>(queue, { concurrency: 2, limitSec: 60 }, async ({ n }) => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      done.add(n);
    });
    await done.until(8);
    expect(most).toBe(2);
  });

  test("a job waits for its time", async () => {
    const jobs = await start();
    const done = heard<string>();
    const notBefore = new Date(Date.now() + 1500);
    await jobs.send(queue, { name: "later" }, { notBefore });
    await jobs.send(queue, { name: "now" });
    await jobs.work<{ name: string }>(queue, one, async ({ name }) => done.add(name));
    expect(await done.until(2)).toEqual(["now", "later"]);
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore.getTime());
  });

  test("a job that takes longer than its limit is told to stop, and tried again", async () => {
    const jobs = await start();
    const ends = heard<string>();
    await jobs.send(queue, {}, { retries: 1 });
    await jobs.work(queue, { concurrency: 1, limitSec: 1 }, async (_, { signal, last }) => {
      if (last) return ends.add("done");
      await once(signal, "abort");
      ends.add(String(signal.reason));
      throw signal.reason;
    });
    expect(await ends.until(2)).toEqual(["Error: The job took longer than 1 s.", "done"]);
  });

  test("a close stops what runs and puts it back: the next process does it, as the same attempt", async () => {
    const first = await start();
    const begun = heard<number>();
    await first.send(queue, {}, { retries: 0 });
    await first.work(queue, one, async (_, { signal, attempt }) => {
      begun.add(attempt);
      await once(signal, "abort");
      throw signal.reason;
    });
    await begun.until(1);
    await first.close();
    const second = await start();
    const again = heard<number>();
    await second.work(queue, one, async (_, { attempt }) => again.add(attempt));
    expect(await again.until(1)).toEqual([1]);
  });
}
