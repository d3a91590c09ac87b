/** What the Redis bus does in one step inside Redis, and how its keys are called. */
import { createHash } from "node:crypto";

/** Of a topic's events so many are kept. */
export const KEPT_EVENTS = 1000;
/** A topic that was quiet for so long forgets its events, as in the memory bus, */
const QUIET_SEC = 60 * 60;
/** and after so long its number, too: nobody comes back after that with a number from before. */
const NUMBER_SEC = 90 * 24 * 60 * 60;
/** An event that was published again after this time is not recognised any more; publishing is given up long before. */
const RETRIED_WITHIN_MS = 30_000;

export const key = {
  /** Names the life of all numbers, and the run of Redis it belongs to: `<life>:<run id>`. */
  life: "rostrum:bus:life",
  /** The connection through which a process publishes now. */
  process: (processId: string) => `rostrum:bus:process:${processId}`,
  head: (topic: string) => `rostrum:bus:head:${topic}`,
  log: (topic: string) => `rostrum:bus:log:${topic}`,
};

/** Channels know no databases, keys do: the number keeps two installations on one Redis apart. */
export const channelPrefix = (database: number): string => `rostrum:bus:${database}:`;

export type Script = Readonly<{ keys: number; lua: string; sha: string }>;

const script = (keys: number, lua: string): Script => ({
  keys,
  lua,
  sha: createHash("sha1").update(lua).digest("hex"),
});

/**
 * Makes a connection the only one of its process that may publish, and answers the life of the numbers. A Redis that has started again
 * may have lost the newest events that it had already told, so its numbers are another life.
 * KEYS life, process. ARGV a new life, the connection, for how many ms without a beat.
 */
export const HELLO = script(
  2,
  `
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
local life = redis.call('GET', KEYS[1])
if not life or string.match(life, ':(.*)$') ~= run then
  life = ARGV[1] .. ':' .. run
  redis.call('SET', KEYS[1], life)
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return life`,
);

/** Says that the connection is still used. KEYS life, process. ARGV the connection, ms. Answers the life, or '' when either is gone. */
export const BEAT = script(
  2,
  `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return '' end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('GET', KEYS[1]) or ''`,
);

/**
 * Gives an event the next number, keeps it and tells it to everybody. Refused as STALE when it comes through a connection that its
 * process has given up, or believes in another life. An event that is sent again ('1') is looked for by its id first.
 * KEYS life, process, head, log. ARGV life, connection, channel, id, JSON, '1' when sent again.
 */
export const PUBLISH = script(
  4,
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return redis.error_reply('STALE the connection or the life is over')
end
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[6] == '1' then
  local past = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', ${KEPT_EVENTS})
  for _, entry in ipairs(past) do
    if entry[2][2] == ARGV[4] then return tonumber(string.match(entry[1], '^%d+')) end
  end
  if #past == ${KEPT_EVENTS} and tonumber(past[#past][2][4]) > at - ${RETRIED_WITHIN_MS} then
    return redis.error_reply('FORGOTTEN whether the event was published before is not known')
  end
end
local seq = redis.call('INCR', KEYS[3])
local atText = string.format('%.0f', at)
local added = redis.pcall('XADD', KEYS[4], 'MAXLEN', '~', ${KEPT_EVENTS}, seq .. '-0', 'i', ARGV[4], 't', atText, 'd', ARGV[5])
if type(added) == 'table' and added.err then
  redis.call('DECR', KEYS[3])
  if not string.find(added.err, 'smaller') then return added end
  -- Somebody removed the number and left the events: all numbers begin another life.
  redis.call('DEL', KEYS[4], KEYS[1])
  return redis.error_reply('STALE the number was lost')
end
redis.call('EXPIRE', KEYS[3], ${NUMBER_SEC})
redis.call('EXPIRE', KEYS[4], ${QUIET_SEC})
redis.call('PUBLISH', ARGV[3], ARGV[1] .. ' ' .. seq .. ' ' .. atText .. ' ' .. ARGV[5])
return seq`,
);

/**
 * Where a topic stands and what is kept of it. KEYS life, head, log. ARGV life, events behind which number ('' for the newest ones, '-'
 * for none), how many at most. Answers the head, then number, time and JSON of each event.
 */
export const READ = script(
  3,
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('STALE the life is over') end
local head = tonumber(redis.call('GET', KEYS[2]) or '0')
local answer = { head }
if ARGV[2] == '-' then return answer end
local count = tonumber(ARGV[3])
local after = ARGV[2] == '' and math.max(0, head - count) or tonumber(ARGV[2])
if count < 1 or after >= head then return answer end
for _, entry in ipairs(redis.call('XRANGE', KEYS[3], (after + 1) .. '-0', '+', 'COUNT', count)) do
  table.insert(answer, string.match(entry[1], '^%d+'))
  table.insert(answer, entry[2][4])
  table.insert(answer, entry[2][6])
end
return answer`,
);
