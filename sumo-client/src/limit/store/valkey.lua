-- The budget of one access key, and the processes that share it. Times are milliseconds of the server's clock.
-- KEYS[1] holds JSON: of a budget `seen` (clock at the last call), `silence`, `starts` ({time, lease}, the earliest
-- first), `leases` (their ends) and `waiting` ({since, asked} of processes that found no room); of the processes their
-- index and the end of their membership. ledger.rs and members.rs do the same.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local action, id = ARGV[1], ARGV[2]
-- Nothing that is kept ends later than this.
local DAY = 24 * 3600 * 1000

local function without(list, gone)
  local left = {}
  for _, start in ipairs(list) do
    if not gone(start) then left[#left + 1] = start end
  end
  return left
end

local function join(state)
  local lasts = tonumber(ARGV[3])
  local taken, index = {}, nil
  for member, place in pairs(state) do
    if place[2] <= now or place[2] > now + lasts then
      state[member] = nil
    else
      taken[place[1]] = true
    end
  end
  if state[id] then
    index = state[id][1]
  else
    index = 0
    while taken[index] do index = index + 1 end
  end
  state[id] = {index, now + lasts}
  local highest = 0
  for _, place in pairs(state) do highest = math.max(highest, place[1]) end
  return {index, highest + 1, now}, state, lasts
end

local function change(state)
  local lease_time = tonumber(ARGV[3])
  local seen, silence = state.seen or now, state.silence or 0
  local starts, leases, waiting = state.starts or {}, state.leases or {}, state.waiting or {}

  -- A clock that was set back: all that is kept moves with it.
  local back = seen - now
  if back > 0 then
    for _, start in ipairs(starts) do start[1] = start[1] - back end
    for lease, ends in pairs(leases) do leases[lease] = ends - back end
    silence = silence - back
    waiting = {}
  end
  local in_flight = 0
  for lease, ends in pairs(leases) do
    if ends <= now then leases[lease] = nil else in_flight = in_flight + 1 end
  end

  local reply = {1, 0}
  local window = 0
  if action == 'reserve' then
    local calls, concurrency, patience = tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[7])
    window = tonumber(ARGV[5])
    local member, is_spread = ARGV[8], ARGV[9] == '1'
    starts = without(starts, function(start) return start[1] + window <= now end)
    local since, ahead = now, 0
    for other, times in pairs(waiting) do
      if times[2] + patience <= now then waiting[other] = nil end
    end
    if waiting[member] then since = waiting[member][1] end
    for other, times in pairs(waiting) do
      if times[1] < since or (times[1] == since and other < member) then ahead = ahead + 1 end
    end
    if concurrency > 0 and ahead >= concurrency - in_flight then
      waiting[member] = {since, now}
      reply = {0, 0}
    else
      waiting[member] = nil
      local at = math.max(now, silence)
      if calls > 0 then
        -- Starts of different processes are spread over the window, so that each gets the same share.
        local last = starts[#starts]
        if last and (is_spread or string.sub(last[2], 1, #member) ~= member) then
          at = math.max(at, last[1] + math.floor(window / calls))
        end
        local holds_back = starts[#starts - calls + 1]
        if holds_back then at = math.max(at, holds_back[1] + window) end
        starts[#starts + 1] = {at, id}
      end
      leases[id] = at + lease_time
      reply = {1, at - now}
    end
  elseif action == 'ended' then
    leases[id] = nil
  elseif action == 'unused' then
    leases[id] = nil
    starts = without(starts, function(start) return start[2] == id end)
  elseif action == 'extended' then
    leases[id] = now + lease_time
  elseif action == 'silence' then
    silence = math.max(silence, now + tonumber(ARGV[4]))
  end

  local last = math.max(silence, now + 1000)
  for _, ends in pairs(leases) do last = math.max(last, ends) end
  for _, start in ipairs(starts) do last = math.max(last, start[1] + lease_time) end
  state = {seen = now, silence = silence, starts = starts, leases = leases, waiting = waiting}
  return reply, state, last - now
end

local function outcome(state)
  local reply, left, lasts = (action == 'join' and join or change)(state)
  lasts = math.ceil(lasts)
  assert(lasts <= DAY)
  return reply, cjson.encode(left), lasts
end

local kept = redis.pcall('GET', KEYS[1])
if type(kept) == 'table' and not string.find(kept.err, 'WRONGTYPE') then return kept end
-- Whatever else is found under the key counts as nothing, and is overwritten.
local is_read, state = pcall(cjson.decode, kept)
local is_good, reply, left, lasts = pcall(outcome, is_read and state or {})
if not is_good then reply, left, lasts = outcome({}) end
redis.call('SET', KEYS[1], left, 'PX', lasts)
return reply
