/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to know before looking closer: which run, how much waiting, where most of it, and what is missing. */

function samplingText(run) {
    if (run.capture_pct == null) return "sampling not told";
    const most = run.capture_pct >= 100 ? "every acquire and hold" : `${run.capture_pct} % of acquires and holds`;
    const waits = run.wait_period_ns > 0 ? `every wait from ${duration(run.wait_period_ns)} on` : "every wait";
    const exact = run.capture_pct >= 100 && !(run.wait_period_ns > 0);
    return `${most}, ${waits} recorded${exact ? "" : run.scaled ? ", scaled up to totals" : ", not scaled up"}`;
}

function runText(run) {
    const parts = [];
    if (data.start_ms > 0) parts.push(new Date(data.start_ms).toISOString().slice(0, 19).replace("T", " ") + " UTC");
    if (run.duration > 0) parts.push(duration(run.duration));
    if (run.threads != null) parts.push(counted(run.threads, "thread"));
    if (run.processes > 1) parts.push(`${run.processes} processes`);
    parts.push(counted(run.files, "file"), samplingText(run));
    return parts.join(" · ");
}

/* The lock most waited for, in a sentence. */
function writeHeadline(total) {
    const headline = byId("headline");
    const top = data.locks.reduce((best, lock, i) => lock.wait_total > data.locks[best].wait_total ? i : best, 0);
    const lock = data.locks[top];
    if (lock === undefined) {
        headline.append("No locks in this profile; `mutray report` says why.");
        return;
    }
    if (!(lock.wait_total > 0)) {
        headline.append("No thread was seen waiting for a lock.");
        return;
    }
    headline.append(make("code", null, data.shown[top]), ` makes threads wait longest: ${duration(lock.wait_total)}, `,
        make("strong", null, `${share(lock.wait_total, total)} of all waiting`));
    const pair = lock.blocked[0];
    if (pair !== undefined) {
        headline.append(", mostly at ", make("code", null, pair.waiter), " for the holder at ",
            make("code", null, pair.holder));
    }
    headline.append(".");
}

function makeTile(kind, title, value, more) {
    return make("div", { class: kind }, make("dt", null, title), make("dd", null, value), make("dd", null, more));
}

function writeTiles(wait) {
    const hold = sumOf(data.locks, lock => lock.hold_total);
    const acquired = sumOf(data.locks, lock => lock.acquisitions);
    const contended = sumOf(data.locks, lock => lock.contended);
    const told = data.locks.some(lock => lock.contended != null);
    const unnamed = data.locks.filter(lock => lock.name.startsWith("unknown:")).length;
    const perTime = (ns, what) => data.run.duration > 0
        ? `${twoDigits(ns / data.run.duration)} threads ${what} on average` : "all threads together";
    byId("tiles").append(
        makeTile("wait", "Waiting for locks", duration(wait), perTime(wait, "waiting")),
        makeTile("hold", "Holding locks", duration(hold), perTime(hold, "holding")),
        makeTile("", "Acquired", quantity(acquired),
            told ? `${share(contended, acquired)} had to wait` : "contention not told"),
        makeTile("", "Locks", quantity(data.locks.length),
            unnamed > 0 ? `${unnamed} whose creation was not seen` : "all named after their creation"));
}

function writeNotes() {
    for (const [key, meaning] of Object.entries(data.losses)) {
        if (!(data.run[key] > 0)) continue;
        byId("notes").append(make("li", null, `Lost or folded: ${quantity(data.run[key])} ${meaning}`));
    }
    if (data.run.malformed > 0) {
        const samples = counted(data.run.malformed, "sample");
        byId("notes").append(make("li", null, `Left out: ${samples} with negative values`));
    }
}

function showSummary() {
    const program = data.run.program || "Locks";
    const wait = sumOf(data.locks, lock => lock.wait_total);
    document.title = `${program}: locks`;
    byId("program").textContent = program;
    byId("run").textContent = runText(data.run);
    writeHeadline(wait);
    writeTiles(wait);
    writeNotes();
    byId("footer").textContent = `Made by mutray ${data.mutray}. Percentiles are estimates, within a factor of 2.`;
}
