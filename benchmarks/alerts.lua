-- Load for `alerts_in`: wrk -s alerts.lua URL -- SERVICE ALERTS_A_REQUEST distinct|repeated RUN
-- Each alert is that of alert_house.py. At the end a line of JSON says what was measured.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local before, after
local next_alert = 0
local alerts, distinct, run
local body

local function build()
  local parts = {}
  for index = 1, alerts do
    local instance = index
    if distinct then
      next_alert = next_alert + 1
      instance = number .. "-" .. run .. "-" .. next_alert
    end
    parts[index] = before .. instance .. after
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

function init(arguments)
  local service = arguments[1]
  alerts = tonumber(arguments[2])
  distinct = arguments[3] == "distinct"
  run = arguments[4]
  before = '{"labels":{"alertname":"HighErrorRate","instance":"10.0.0.1:'
  after = '","job":"' .. service .. '","service":"' .. service .. '","severity":"critical"},'
    .. '"annotations":{"summary":"Too many requests fail"},"startsAt":"2026-01-31T09:00:00.000Z",'
    .. '"endsAt":"2036-01-31T09:00:00.000Z","generatorURL":"http://127.0.0.1:9090/graph?g0.expr=up"}'
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  body = build()
end

function request()
  if distinct then
    body = build()
  end
  return wrk.format(nil, nil, nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"failed":%d,"refused":%d,"p50_ms":%.4f,"p99_ms":%.4f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout,
    errors.status,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
