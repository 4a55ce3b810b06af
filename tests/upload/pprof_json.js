// SPDX-License-Identifier: Apache-2.0
// pprof_json.js FILE: a profile as JSON, decoded by npm's pprof-format, Datadog's own decoder for JavaScript.
'use strict'
const fs = require('fs')
const zlib = require('zlib')
const { Profile } = require('pprof-format')

const profile = Profile.decode(zlib.gunzipSync(fs.readFileSync(process.argv[2])))
const string = (index) => profile.stringTable.strings[Number(index)]
const type = (value) => value && [string(value.type), string(value.unit)]
const label = (l) => [string(l.key), l.str ? string(l.str) : BigInt(l.num)]

process.stdout.write(JSON.stringify({
  strings: profile.stringTable.strings,
  types: profile.sampleType.map(type),
  period_type: type(profile.periodType),
  period: profile.period,
  time: profile.timeNanos,
  duration: profile.durationNanos,
  samples: profile.sample.map((s) => ({ locations: s.locationId, values: s.value, labels: s.label.map(label) })),
  locations: profile.location.map((l) => ({ id: l.id, mapping: l.mappingId, functions: l.line.map((x) => x.functionId) })),
  functions: profile.function.map((f) => f.id),
  mappings: profile.mapping.map((m) => m.id)
}, (_, value) => typeof value === 'bigint' ? { big: String(value) } : value))
