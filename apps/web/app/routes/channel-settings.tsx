/** Placeholder of a page that is on its way. */
export default function Page() {
  return null;
}
