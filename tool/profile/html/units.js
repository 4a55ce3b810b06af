/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as tool/base/units.c writes them, so that page and terminal say the same. */

function threeDigits(value, unit) {
    return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + unit;
}

function duration(ns) {
    if (ns == null) return "-";
    if (ns < 999.5) return ns < 0.5 ? "0" : ns.toFixed(0) + "ns";
    if (ns < 999.5e3) return threeDigits(ns / 1e3, "us");
    if (ns < 999.5e6) return threeDigits(ns / 1e6, "ms");
    if (ns < 599.5e9) return threeDigits(ns / 1e9, "s");
    const seconds = Math.round(ns / 1e9);
    const two = number => String(number).padStart(2, "0");
    if (seconds < 36000) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
    return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`;
}

function quantity(count) {
    if (count == null) return "-";
    if (count < 99999.5) return count.toFixed(0);
    if (count < 999.5e3) return threeDigits(count / 1e3, "k");
    if (count < 999.5e6) return threeDigits(count / 1e6, "M");
    if (count < 999.5e9) return threeDigits(count / 1e9, "G");
    return threeDigits(count / 1e12, "T");
}

/* A small number of threads: 12 or 0.34 or 0.00052. */
function twoDigits(number) {
    return number >= 10 ? number.toFixed(0) : String(Number(number.toPrecision(2)));
}

function percent(value) {
    if (value == null) return "-";
    if (value > 0 && value < 0.05) return "<0.1%";
    return (value < 99.95 ? value.toFixed(1) : value.toFixed(0)) + "%";
}

function share(part, whole) {
    return percent(whole > 0 ? (100 * part) / whole : 0);
}

const UNITS = { time: duration, count: quantity, percent: percent, text: text => text || "-" };

/* "1 lock", "3 locks" */
function counted(number, word) {
    return `${quantity(number)} ${word}${number === 1 ? "" : "s"}`;
}

/* How a bucket of a histogram is called: [from, 2 from), the first one from 0 to 2. */
function bucketName(from) {
    return `${duration(from)} to ${duration(from === 0 ? 2 : 2 * from)}`;
}
