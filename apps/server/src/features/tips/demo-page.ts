/** The checkout of a demo tip as a page without scripts: what a provider's own page would be. */
import { DEMO_NOTICE } from "@rostrum/contract/tips";

export type DemoPage = Readonly<{
  /** For instance "5.00 EUR". */
  amount: string;
  /** It can still be paid. */
  isOpen: boolean;
  backUrl: string;
}>;

/** Its address is where its form is sent, too. */
export function demoPage({ amount, isOpen, backUrl }: DemoPage): string {
  const button = `<form method="post"><button type="submit">Pay ${escape(amount)} (${DEMO_NOTICE})</button></form>`;
  const closed = "<p>This tip has been dealt with.</p>";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Demo checkout</title>
<style>${STYLE}</style>
<main>
  <p role="note" class="notice">${DEMO_NOTICE}</p>
  <h1>Tip of ${escape(amount)}</h1>
  <p>No payment provider is set up on this server. The button below does as if you had paid: the tip is shown in the show and marked as a demo.</p>
  ${isOpen ? button : closed}
  <p><a href="${escape(backUrl)}">Back to the show</a></p>
</main>
</html>
`;
}

const STYLE =
  ":root{color-scheme:light dark}body{margin:0;font:16px/1.5 system-ui,sans-serif}" +
  "main{max-width:34rem;margin:12vh auto;padding:0 1.25rem}h1{font-size:1.5rem}" +
  ".notice{display:inline-block;margin:0;padding:.25rem .75rem;border:1px solid;border-radius:.5rem;font-weight:600}" +
  "button{min-height:44px;padding:0 1.25rem;font:inherit;font-weight:600;cursor:pointer}";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
