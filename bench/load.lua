-- wrk's side: draws from a file of tokens in turn, and looks at every answer.
--   wrk ... -s load.lua URL -- PATH TOKENS FROM STATUS MUST BASIC COOKIE
-- TOKENS is the file, FROM how many of it are passed over at first. The token is the Bearer credential; where BASIC is
-- not "-" it is in a form instead, and BASIC is the caller's credential; where COOKIE is not "-" it is in the cookie of that
-- name. STATUS is the status that every answer must
-- have, MUST a text that every body must hold ("-": any).

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

local function build(path, token, basic, cookie)
  if cookie ~= "-" then
    return wrk.format("GET", path, { Host = "localhost", Cookie = cookie .. "=" .. token })
  end
  if basic == "-" then
    return wrk.format("GET", path, { Host = "localhost", Authorization = "Bearer " .. token })
  end
  local headers = {
    Host = "localhost",
    Authorization = "Basic " .. basic,
    ["Content-Type"] = "application/x-www-form-urlencoded",
  }
  return wrk.format("POST", path, headers, "token=" .. token)
end

local requests, at = {}, 0
local status_expected, must
wrong = 0

function init(args)
  local path, tokens, basic, cookie = args[1], args[2], args[6], args[7]
  at = tonumber(args[3])
  status_expected = tonumber(args[4])
  must = args[5] ~= "-" and args[5] or nil
  for token in io.lines(tokens) do
    requests[#requests + 1] = build(path, token, basic, cookie)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status, headers, body)
  if status ~= status_expected or (must and not body:find(must, 1, true)) then
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local all_wrong = 0
  for _, thread in ipairs(threads) do
    all_wrong = all_wrong + thread:get("wrong")
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"wrong":%d,"failed":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, all_wrong,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
