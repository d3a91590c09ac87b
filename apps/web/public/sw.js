/** Shows push messages while no page is open, and opens the show they tell of. It keeps nothing and answers for no request. */

self.addEventListener("push", (event) => {
  const { title, body, url, tag } = payloadOf(event.data);
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

/** Browsers ask that something is shown for every message: also for one that cannot be read. */
function payloadOf(data) {
  try {
    const { title, body, url, tag } = data.json();
    return { title: String(title), body: String(body), url: String(url), tag: String(tag) };
  } catch {
    return { title: "A show has begun", body: "", url: "/", tag: "rostrum" };
  }
}

/** A window that shows it already comes to the front. */
async function open(path) {
  const address = addressOf(path);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = windows.find((client) => client.url === address);
  await (same === undefined ? self.clients.openWindow(address) : same.focus());
}

/** Only pages of this site. */
function addressOf(path) {
  const here = self.location.origin;
  const isPath = typeof path === "string" && URL.canParse(path, here);
  const url = isPath ? new URL(path, here) : null;
  return url?.origin === here ? url.href : `${here}/`;
}
