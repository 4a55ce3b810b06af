/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run over time, an interval for each file of a process: all locks together on top, below it a lane for each of
 * the locks with most. Heights are rates, since intervals differ in length: threads that wait (or hold) at a time, on
 * average, or acquisitions a second.
 */

const LANES = 8;
const TIMELINE = { width: 1180, left: 330, right: 70, top: 8, total: 110, lane: 34 };

const timeline = { value: "wait", process: null };

/* Processes with samples, most waiting first: [[process, intervals in order of time]...] */
function timelineProcesses() {
    const processes = new Map();
    for (const interval of data.intervals) {
        if (!processes.has(interval.process)) processes.set(interval.process, []);
        processes.get(interval.process).push(interval);
    }
    const waits = intervals => sumOf(intervals, one => sumOf(one.locks, lock => lock[1 + VALUES.wait]));
    return [...processes].filter(([, intervals]) => intervals.some(one => one.locks.length > 0))
        .map(([process, intervals]) => [process, intervals.sort((a, b) => a.start - b.start)])
        .sort((a, b) => waits(b[1]) - waits(a[1]));
}

/* Of one lock, or of all if it is null. */
function intervalSum(interval, lock) {
    return sumOf(interval.locks, one => lock === null || one[0] === lock ? one[1 + VALUES[timeline.value]] : 0);
}

function rate(interval, lock) {
    const sum = intervalSum(interval, lock);
    if (!(interval.duration > 0)) return 0;
    return timeline.value === "acquire" ? (sum * 1e9) / interval.duration : sum / interval.duration;
}

const RATE_TEXTS = {
    wait: twoDigits,
    hold: twoDigits,
    acquire: number => `${quantity(number)}/s`,
};

function topLanes(intervals) {
    const sums = new Map();
    for (const interval of intervals) {
        for (const lock of interval.locks) {
            sums.set(lock[0], (sums.get(lock[0]) ?? 0) + lock[1 + VALUES[timeline.value]]);
        }
    }
    return [...sums].filter(([, sum]) => sum > 0).sort((a, b) => b[1] - a[1]).slice(0, LANES).map(([lock]) => lock);
}

function drawLane(intervals, lock, y, height, at) {
    const most = maxOf(intervals, interval => rate(interval, lock));
    const kind = { wait: "wait", hold: "hold", acquire: "count" }[timeline.value];
    const bars = intervals.map(interval => {
        const number = rate(interval, lock);
        const tall = most > 0 && number > 0 ? Math.max(1, (number / most) * (height - 12)) : 0;
        const left = at(interval.start), right = at(interval.start + interval.duration);
        return draw("rect", { class: `interval ${kind}`, x: left + 0.5, y: y + height - tall, height: tall,
            width: Math.max(1, right - left - 1), "data-lock": lock ?? "all" },
        draw("title", null,
            `from ${duration(interval.start)}, for ${duration(interval.duration)}: ${RATE_TEXTS[timeline.value](number)}`));
    });
    const { width, left, right } = TIMELINE;
    return [draw("line", { class: "axis", x1: left, x2: width - right, y1: y + height, y2: y + height }), ...bars,
        draw("text", { x: width - right + 8, y: y + height - 3 }, `≤ ${RATE_TEXTS[timeline.value](most)}`)];
}

/* Names can be long, and SVG does not cut text off. */
function shorten(text, most) {
    return text.length <= most ? text : `…${text.slice(text.length - most + 1)}`;
}

function drawTimeline(intervals) {
    const { width, left, right, top, total, lane } = TIMELINE;
    const begin = intervals[0].start;
    const end = Math.max(maxOf(intervals, one => one.start + one.duration), begin + 1);
    const at = ns => left + ((ns - begin) / (end - begin)) * (width - left - right);
    const lanes = topLanes(intervals);
    const height = top + total + lanes.length * lane + 24;
    const ticks = [0, 0.25, 0.5, 0.75, 1].map(part => draw("text", {
        x: left + part * (width - left - right), y: height - 6, "text-anchor": "middle" }, duration(part * (end - begin))));
    return draw("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Locks over time" },
        draw("text", { class: "mark-text", x: 0, y: top + total - 6 }, "all locks"),
        ...drawLane(intervals, null, top, total, at),
        ...lanes.map((lock, i) => {
            const y = top + total + i * lane;
            return draw("g", { class: lock === chosen.lock ? "lane-chosen" : "", "data-lane": lock,
                "aria-label": `${data.shown[lock]}: show its details`, ...onPress(() => chooseLock(lock)) },
            draw("rect", { x: 0, y, width, height: lane, fill: "transparent" }),
            draw("text", { class: "lane-name", x: 0, y: y + lane - 4 },
                (lock === chosen.lock ? "▸ " : "") + shorten(data.shown[lock], 44), draw("title", null, data.shown[lock])),
            ...drawLane(intervals, lock, y, lane, at));
        }), ...ticks);
}

function showTimeline(processes) {
    const intervals = new Map(processes).get(timeline.process);
    const names = { wait: "threads waiting at a time", hold: "locks held at a time", acquire: "acquisitions a second" };
    byId("timeline-line").textContent =
        `${counted(intervals.length, "interval")} of process ${timeline.process}; heights are ${names[timeline.value]}, ` +
        "each row to its own scale.";
    const number = (interval, lock) => timeline.value === "acquire" ? quantity(intervalSum(interval, lock))
        : duration(intervalSum(interval, lock));
    byId("timeline-chart").replaceChildren(drawTimeline(intervals), makeTableOf("Intervals", [
        { title: "from", text: true, value: interval => duration(interval.start) },
        { title: "for", value: interval => duration(interval.duration) },
        { title: "all locks", value: interval => number(interval, null) },
        ...topLanes(intervals).slice(0, 4).map(lock => (
            { title: data.shown[lock], value: interval => number(interval, lock) }))], intervals));
}

function startTimeline() {
    const processes = timelineProcesses();
    if (!processes.some(([, intervals]) => intervals.length > 1)) {
        byId("timeline").hidden = true;
        return;
    }
    timeline.process = (processes.find(([, intervals]) => intervals.length > 1))[0];
    const show = () => showTimeline(processes);
    const controls = byId("timeline-controls");
    if (processes.length > 1) {
        controls.append(make("label", null, "Process ", make("select", {
            id: "timeline-process",
            onchange: event => {
                timeline.process = event.target.value;
                show();
            },
        }, ...processes.map(([process]) => make("option", { selected: process === timeline.process }, process)))));
    }
    const choose = value => {
        timeline.value = value;
        show();
    };
    controls.append(makeChoice("timeline-value", "What to show",
        { wait: "Waiting", hold: "Holding", acquire: "Acquiring" }, timeline.value, choose));
    onChosen(show);
}
