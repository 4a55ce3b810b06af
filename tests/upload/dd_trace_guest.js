// SPDX-License-Identifier: Apache-2.0
// A program that Datadog's own client profiles; how and where to is in the environment.
'use strict'
require('dd-trace').init()
setInterval(() => { for (let i = 0, x = []; i < 1e5; i++) x.push({ i }) }, 20)
