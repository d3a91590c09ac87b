/** Every page of Rostrum by its path. */
import { index, layout, type RouteConfig, route } from "@react-router/dev/routes";

export default [
  layout("routes/with-shell.tsx", [
    index("routes/discover.tsx"),
    route("watch/:broadcastId", "routes/watch.tsx"),
    route("clip/:clipId", "routes/clip.tsx"),
    route("login", "routes/login.tsx"),
    route("register", "routes/register.tsx"),
    route("register/:broadcastId", "routes/register-show.tsx"),
    route("dashboard", "routes/dashboard.tsx"),
    route("recordings", "routes/recordings.tsx"),
    route("recordings/:recordingId", "routes/recording.tsx"),
    route("control/:broadcastId", "routes/control.tsx"),
    route("channels/:channelId/settings", "routes/channel-settings.tsx"),
    route("channels/:channelId/chat", "routes/channel-chat.tsx"),
    route("broadcasts/:broadcastId/chat", "routes/chat-history.tsx"),
    route("broadcasts/:broadcastId/settings", "routes/broadcast-settings.tsx"),
    route("broadcasts/:broadcastId/analytics", "routes/analytics.tsx"),
    route("settings", "routes/account-settings.tsx"),
    // A segment cannot be part fixed, part parameter: the page itself checks for the "@".
    route(":handle", "routes/channel.tsx"),
  ]),
  route("setup", "routes/setup.tsx"),
  route("embed/:broadcastId", "routes/embed.tsx"),
  route("embed/:broadcastId/chat", "routes/embed.chat.tsx"),
  route("embed/:broadcastId/tips", "routes/embed.tips.tsx"),
  route("embed/:broadcastId/poll", "routes/embed.poll.tsx"),
  route("watch/:broadcastId/chat", "routes/watch.chat.tsx"),
  route("*", "routes/not-found.tsx"),
] satisfies RouteConfig;
