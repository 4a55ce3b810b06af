/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripts of the page, in the order tool/profile/CMakeLists.txt gives, are one script in the end. This is its
 * beginning: the profile, as tool/profile/export_html.c writes it.
 *
 *   run, locks   as in `mutray report --json`; shown[i] is what people read as the name of locks[i]
 *   fields       what there is to say about a lock: {key, group, title, unit, usual, meaning}
 *   frames       [function, file, line]
 *   stacks       [wait, acquire, hold, release, lock, frame...], outermost frame first
 *   intervals    {process, start, duration, locks: [[lock, wait, acquire, hold, release]...]}, one for each file
 *   sources      {site, file, first, lines}, unless left out
 *
 * Times are nanoseconds. What the profile does not tell is null.
 */
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);

/* Positions in a stack and in a lock of an interval (there one later). */
const VALUES = { wait: 0, acquire: 1, hold: 2, release: 3 };
const STACK_LOCK = 4;
const STACK_FRAMES = 5;

/* The sum over a list; null counts as nothing. */
function sumOf(list, value) {
    let sum = 0;
    for (const item of list) sum += value(item) ?? 0;
    return sum;
}

/* Math.max(...list) fails on long lists. */
function maxOf(list, value) {
    let max = 0;
    for (const item of list) max = Math.max(max, value(item) ?? 0);
    return max;
}
