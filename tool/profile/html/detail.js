/* SPDX-License-Identifier: Apache-2.0 */
/* All about the chosen lock: how long waits and holds were, where in the source, for whom, in which threads. */

const PARTS_AT_FIRST = 5;

/* Buckets are powers of two; those without events between others are shown too, so that a gap is seen as one. */
function allBuckets(buckets) {
    const all = [];
    const last = buckets.at(-1).from;
    for (let from = buckets[0].from; from <= last; from = from === 0 ? 2 : 2 * from) {
        all.push(buckets.find(bucket => bucket.from === from) ?? { from, count: 0, total: 0 });
    }
    return all;
}

const HISTOGRAM = { width: 560, height: 190, left: 44, right: 8, top: 32, bottom: 22 };

function drawBars(kind, buckets, most) {
    const { width, height, left, right, top, bottom } = HISTOGRAM;
    const step = (width - left - right) / buckets.length;
    const scale = (height - top - bottom) / most;
    const every = Math.ceil(buckets.length / 9);
    return buckets.flatMap((bucket, i) => {
        const tall = bucket.count > 0 ? Math.max(1.5, bucket.count * scale) : 0;
        const x = left + i * step;
        const bar = draw("rect", { class: `bar ${kind}`, x: x + 1, y: height - bottom - tall, rx: 1.5,
            width: Math.max(1, step - 2), height: tall, "data-count": bucket.count },
        draw("title", null, `${bucketName(bucket.from)}: ${quantity(bucket.count)}, together ${duration(bucket.total)}`));
        const label = i % every === 0
            && draw("text", { x, y: height - 6, "text-anchor": "middle" }, duration(bucket.from));
        return label ? [bar, label] : [bar];
    });
}

/* A dashed line at a duration, on the logarithmic axis of the buckets. */
function drawMark(text, ns, buckets, line) {
    const { width, height, left, right, top, bottom } = HISTOGRAM;
    const first = Math.log2(Math.max(1, buckets[0].from));
    const part = (Math.log2(Math.max(1, ns)) - first) / buckets.length;
    const x = left + (width - left - right) * Math.min(1, Math.max(0, part));
    const y = top - 4 - 13 * line;
    const end = x > width - 90;
    return [draw("line", { class: "mark", x1: x, x2: x, y1: y, y2: height - bottom }),
        draw("text", { class: "mark-text", x: x + (end ? -4 : 4), y, "text-anchor": end ? "end" : "start" },
            `${text} ${duration(ns)}`)];
}

function showHistogram(id, kind, lock) {
    const figure = byId(id);
    const told = lock[`${kind}_buckets`];
    const title = kind === "wait" ? "Waits" : "Holds";
    const caption = make("figcaption", null, make("strong", { class: kind }, title));
    if (told.length === 0) {
        figure.replaceChildren(caption, make("p", { class: "muted" }, lock[`${kind}_total`] > 0
            ? `The profile does not tell how long each ${kind} was.` : `No ${kind} was recorded.`));
        return;
    }
    const { width, height, left, right, top, bottom } = HISTOGRAM;
    const buckets = allBuckets(told);
    const most = maxOf(buckets, bucket => bucket.count);
    const p50 = lock[`${kind}_p50`], p99 = lock[`${kind}_p99`];
    const events = quantity(sumOf(told, bucket => bucket.count));
    const summary = `${title}: ${events} from ${duration(buckets[0].from)} to ` +
        `${bucketName(buckets.at(-1).from).split(" to ")[1]}, half below ${duration(p50)}, 99 % below ${duration(p99)}`;
    caption.append(make("span", { class: "muted" }, `${events}, longest ≤ ${duration(lock[`${kind}_max`])}`));
    figure.replaceChildren(caption,
        draw("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": summary },
            draw("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }),
            draw("text", { x: left - 6, y: top + 8, "text-anchor": "end" }, quantity(most)),
            draw("text", { x: left - 6, y: height - bottom, "text-anchor": "end" }, "0"),
            ...drawBars(kind, buckets, most),
            ...drawMark("p50", p50, buckets, 0), ...drawMark("p99", p99, buckets, 1)),
        makeTableOf(summary, [
            { title: "duration", text: true, value: bucket => bucketName(bucket.from) },
            { title: "events", value: bucket => quantity(bucket.count) },
            { title: "time", value: bucket => duration(bucket.total) }], told));
}

/* How many acquisitions waited, which not every profile tells. */
function waitsOf(part) {
    return quantity(data.locks[chosen.lock].contended === null ? null : part.waits);
}

/* "waited 1.20s, in 34 of 560 acquisitions · held 3.00ms, in 560 releases" */
function partFigures(part) {
    const words = [];
    if (part.acquisitions > 0) {
        const of = waitsOf(part) === "-" ? "" : `${waitsOf(part)} of `;
        words.push(part.wait_total > 0
            ? `waited ${duration(part.wait_total)}, in ${of}${counted(part.acquisitions, "acquisition")}`
            : `${counted(part.acquisitions, "acquisition")}, no wait`);
    }
    if (part.releases > 0) words.push(`held ${duration(part.hold_total)}, in ${counted(part.releases, "release")}`);
    return words.join(" · ");
}

const sourceOf = new Map((data.sources ?? []).map(source => [source.site, source]));

function makeSource(source) {
    const line = Number(source.site.split(":")[1]);
    return make("pre", { tabindex: 0, "aria-label": `Source of ${source.site}`, title: source.file },
        ...source.lines.map((text, i) => make("span", {
            "data-line": source.first + i, class: source.first + i === line && "here" }, text || " ")));
}

function makeSite(site, open) {
    const source = sourceOf.get(site.site);
    const head = [make("strong", { class: "name" }, site.site), " ",
        make("span", { class: "figures" }, partFigures(site))];
    if (source === undefined) return make("div", { class: "site" }, ...head);
    return make("details", { class: "site", open }, make("summary", null, ...head), makeSource(source));
}

/* The first few, and a button for the rest. */
function makeList(items, makeItem) {
    const list = make("div", null, ...items.slice(0, PARTS_AT_FIRST).map(makeItem));
    const more = items.slice(PARTS_AT_FIRST);
    if (more.length > 0) {
        const showMore = event => event.target.replaceWith(...more.map(makeItem));
        list.append(make("button", { type: "button", onclick: showMore }, `Show ${more.length} more`));
    }
    return list;
}

function makePairs(lock) {
    return [make("h3", null, "Who waits for whom"), makeTable("Who waits for whom", [
        { title: "waits at", text: true, value: pair => pair.waiter },
        { title: "while held at", text: true, value: pair => pair.holder },
        { title: "waits", value: waitsOf },
        { title: "wait", value: pair => duration(pair.wait_total) }], lock.blocked.slice(0, 2 * PARTS_AT_FIRST))];
}

function makeThreads(lock) {
    return [make("h3", null, "Threads"), makeTable("Threads", [
        { title: "thread", text: true, value: thread => thread.name || "(no name)" },
        { title: "process/thread", text: true, value: thread => thread.id },
        { title: "waits", value: waitsOf },
        { title: "wait", value: thread => duration(thread.wait_total) },
        { title: "hold", value: thread => duration(thread.hold_total) }], lock.by_thread.slice(0, 2 * PARTS_AT_FIRST))];
}

function showDetail() {
    const lock = data.locks[chosen.lock];
    const line = [lock.kind, lock.mode, lock.declaration !== "" && `declared as ${lock.declaration}`,
        lock.name !== data.shown[chosen.lock] && `in profiles: ${lock.name}`, counted(lock.threads, "thread")];
    byId("detail-title").replaceChildren("Lock ", make("span", { class: "name" }, data.shown[chosen.lock]));
    byId("detail-line").textContent = line.filter(Boolean).join(" · ");
    showHistogram("wait-histogram", "wait", lock);
    showHistogram("hold-histogram", "hold", lock);
    byId("detail-parts").replaceChildren(
        make("h3", null, "Where in the source"),
        makeList(lock.sites, (site, i) => makeSite(site, i < 3)),
        make("div", { class: "columns" },
            lock.blocked.length > 0 ? make("div", null, ...makePairs(lock)) : null,
            make("div", null, ...makeThreads(lock))));
}
