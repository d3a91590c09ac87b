/** The chat of a page as a person uses it. */
import type { Page } from "playwright-core";

export const rowOf = (page: Page, text: string) =>
  page.getByRole("log").getByRole("article").filter({ hasText: text }).first();

export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole("textbox", { name: "Say something" });
  await field.fill(text);
  await field.press("Enter");
}

/** Opens the menu of a message and chooses from it. */
export async function choose(page: Page, text: string, action: string): Promise<void> {
  const row = rowOf(page, text);
  await row.hover();
  await row.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: action }).click();
}
