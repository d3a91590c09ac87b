/** What every blob store must do; each adapter's test runs this. */
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BlobInfo, BlobName, Blobs, ByteRange } from "./blobs.ts";

/** Declares the tests. `open` gives an empty store; the suite closes it. */
export function blobsContract(open: () => Promise<Blobs> | Blobs): void {
  let blobs: Blobs;
  beforeEach(async () => {
    blobs = await open();
  });
  afterEach(() => blobs.close());

  const put = (key: string, text: string, type = "text/plain") => blobs.put(key, Buffer.from(text), type);
  const whole = async (key: string, range?: ByteRange): Promise<{ info: BlobInfo; text: string } | null> => {
    const found = await blobs.get(key, range);
    return found === null ? null : { info: found.info, text: (await buffer(found.body)).toString() };
  };
  const text = async (key: string, range?: ByteRange): Promise<string | undefined> => (await whole(key, range))?.text;
  const listed = async (prefix: string): Promise<BlobName[]> => {
    const infos: BlobName[] = [];
    for await (const info of blobs.list(prefix)) infos.push(info);
    return infos;
  };

  test.each(["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "A", "a b", "a=body", "a\0b", "x".repeat(600)])(
    "%j is no key",
    async (key) => {
      await expect(put(key, "x")).rejects.toThrow(RangeError);
      await expect(Promise.resolve().then(() => blobs.get(key))).rejects.toThrow(RangeError);
      await expect(Promise.resolve().then(() => blobs.remove(key))).rejects.toThrow(RangeError);
    },
  );

  test("a list cannot leave the store", async () => {
    await expect(listed("../")).rejects.toThrow(RangeError);
  });

  test("what is not there is null, and removing it is no error", async () => {
    expect(await blobs.get("nothing/here.jpg")).toBeNull();
    await blobs.remove("nothing/here.jpg");
  });

  test("a body that breaks off leaves what was there before", async () => {
    await put("a.bin", "old");
    const broken = Readable.from(
      (function* () {
        yield Buffer.from("ne");
        throw new Error("the source broke");
      })(),
    );
    await expect(blobs.put("a.bin", broken, "text/plain")).rejects.toThrow("the source broke");
    expect(await text("a.bin")).toBe("old");
    expect(await listed("")).toHaveLength(1);
  });

  test("a range outside the blob is refused", async () => {
    await put("a", "0123");
    await expect(blobs.get("a", { start: 4, end: 9 })).rejects.toThrow(RangeError);
    await expect(blobs.get("a", { start: 3, end: 2 })).rejects.toThrow(RangeError);
  });

  test("bytes and type come back; a second put replaces both", async () => {
    await put("p/1.jpg", "one", "image/jpeg");
    await blobs.put("p/1.jpg", Readable.from([Buffer.from("sec"), Buffer.from("ond")]), "image/webp");
    const info = { key: "p/1.jpg", bytes: 6, contentType: "image/webp" };
    expect(await whole("p/1.jpg")).toEqual({ info, text: "second" });
  });

  test("an empty blob is a blob", async () => {
    await put("empty", "");
    expect(await text("empty")).toBe("");
  });

  test("a range is inclusive at both ends and may reach past the end", async () => {
    await put("a", "0123456789");
    expect(await text("a", { start: 2, end: 4 })).toBe("234");
    expect(await text("a", { start: 8, end: 99 })).toBe("89");
  });

  test("a blob may be named like the beginning of another", async () => {
    await put("a", "1");
    await put("a/b", "2");
    await put("a/b/c.ts", "3");
    expect([await text("a"), await text("a/b"), await text("a/b/c.ts")]).toEqual(["1", "2", "3"]);
  });

  test("a removed blob is gone", async () => {
    await put("a/b", "1");
    await blobs.remove("a/b");
    expect(await blobs.get("a/b")).toBeNull();
    expect(await listed("")).toEqual([]);
  });

  test("a stream of many parts comes back whole, and in pieces", async () => {
    const block = Buffer.alloc(1024 * 1024, "0123456789abcdef");
    const blocks = Array.from({ length: 37 }, (_, n) => Buffer.concat([Buffer.from([n]), block]));
    await blobs.put("long.bin", Readable.from(blocks), "video/mp4");
    const whole = await blobs.get("long.bin");
    expect(whole?.info).toEqual({ key: "long.bin", bytes: 37 * (block.length + 1), contentType: "video/mp4" });
    const bytes = whole === null ? null : await buffer(whole.body);
    expect(bytes?.equals(Buffer.concat(blocks))).toBe(true);
    const start = 20 * (block.length + 1);
    const piece = await blobs.get("long.bin", { start, end: start + 3 });
    expect(piece?.info.bytes).toBe(37 * (block.length + 1));
    expect(piece === null ? null : (await buffer(piece.body)).toString("latin1")).toBe("\u0014012");
  });

  test("a long stream that breaks off leaves nothing", async () => {
    const broken = Readable.from(
      (function* () {
        for (let n = 0; n < 40; n += 1) yield Buffer.alloc(1024 * 1024, n);
        throw new Error("the source broke");
      })(),
    );
    await expect(blobs.put("long.bin", broken, "video/mp4")).rejects.toThrow("the source broke");
    expect(await blobs.get("long.bin")).toBeNull();
  });

  test("everything below a prefix is removed, and nothing else", async () => {
    for (const key of ["r/1/a.m4s", "r/1/deep/b.m4s", "r/10/c.m4s", "r/1.txt"]) await put(key, "x");
    await blobs.removeAll("r/1/");
    await blobs.removeAll("r/nothing/");
    expect((await listed("")).map((info) => info.key).toSorted()).toEqual(["r/1.txt", "r/10/c.m4s"]);
    await blobs.removeAll("r/1");
    expect(await listed("")).toEqual([]);
    await expect(blobs.removeAll("../")).rejects.toThrow(RangeError);
  });

  test("a list gives what begins with the prefix", async () => {
    for (const key of ["posters/a.jpg", "posters/b.jpg", "posters/deep/c.jpg", "post", "other/d"]) await put(key, "x");
    expect((await listed("posters/")).map((info) => info.key)).toEqual([
      "posters/a.jpg",
      "posters/b.jpg",
      "posters/deep/c.jpg",
    ]);
    expect((await listed("posters/a")).map((info) => info.key)).toEqual(["posters/a.jpg"]);
    expect(await listed("nowhere/")).toEqual([]);
    expect(await listed("")).toHaveLength(5);
  });
}
