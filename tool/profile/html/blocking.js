/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who blocks whom: calls that waited on the left, the places where the lock was held meanwhile on the right, and
 * between them an arrow for each pair, from the holder to the one it keeps waiting, as thick as the wait was long.
 */

const RIBBONS = 20;
const BLOCKING = { width: 1180, left: 400, right: 780, top: 34, gap: 10, least: 30 };

const blocking = { onlyChosen: false };

/* [{lock, waiter, holder, wait_total, waits}...], longest wait first */
function blockingPairs() {
    const locks = blocking.onlyChosen ? [chosen.lock] : data.locks.keys();
    const pairs = [];
    for (const lock of locks) {
        for (const pair of data.locks[lock].blocked) if (pair.wait_total > 0) pairs.push({ lock, ...pair });
    }
    return pairs.sort((a, b) => b.wait_total - a.wait_total);
}

/* The places of one side, from top to bottom: {name, sum, y, height, used}. */
function placeNodes(pairs, side, scale) {
    const nodes = new Map();
    for (const pair of pairs) {
        const node = nodes.get(pair[side]) ?? { name: pair[side], sum: 0, used: 0 };
        node.sum += pair.wait_total;
        nodes.set(pair[side], node);
    }
    let y = BLOCKING.top;
    const placed = [...nodes.values()].sort((a, b) => b.sum - a.sum);
    for (const node of placed) {
        node.y = y;
        node.height = Math.max(3, node.sum * scale);
        y += Math.max(BLOCKING.least, node.height) + BLOCKING.gap;
    }
    return { nodes, height: y };
}

function drawNodes({ nodes }, x, anchor, all) {
    const text = anchor === "end" ? x - 8 : x + 18;
    return [...nodes.values()].flatMap(node => [
        draw("rect", { class: "count", x, y: node.y, width: 10, height: node.height, rx: 2 }),
        draw("text", { class: "node-name", x: text, y: node.y + 11, "text-anchor": anchor }, shorten(node.name, 52),
            draw("title", null, node.name)),
        draw("text", { x: text, y: node.y + 25, "text-anchor": anchor },
            `${duration(node.sum)} · ${share(node.sum, all)}`)]);
}

function drawEdge(pair, waiters, holders, scale) {
    const from = holders.nodes.get(pair.holder), to = waiters.nodes.get(pair.waiter);
    const thick = Math.max(1.5, pair.wait_total * scale);
    const x1 = BLOCKING.right, x2 = BLOCKING.left + 10 + 9, middle = (x1 + x2) / 2;
    const y1 = from.y + from.used + thick / 2, y2 = to.y + to.used + thick / 2;
    from.used += pair.wait_total * scale;
    to.used += pair.wait_total * scale;
    const words = `${pair.waiter} waited ${duration(pair.wait_total)} for ${data.shown[pair.lock]}, ` +
        `held at ${pair.holder}`;
    return draw("g", { class: thick < 10 ? "edge thin" : "edge", "data-wait": pair.wait_total,
        "aria-label": `${words}: show the lock`, ...onPress(() => chooseLock(pair.lock)) },
    draw("title", null, `${words}, ${counted(pair.waits, "time")}`),
    draw("path", { class: "ribbon", "stroke-width": thick,
        d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}` }),
    draw("path", { class: "ribbon-tip", d: `M${x2 - 9} ${y2}l9 -5v10z` }),
    draw("text", { x: x2 + 6, y: y2 + 4 }, duration(pair.wait_total)));
}

/* Arrows of one place in the order of their other ends cross least. */
function inOrder(pairs, waiters, holders) {
    const y = pair => [waiters.nodes.get(pair.waiter).y, holders.nodes.get(pair.holder).y];
    return [...pairs].sort((a, b) => y(a)[0] - y(b)[0] || y(a)[1] - y(b)[1]);
}

/* `all` is the wait of all pairs, drawn or not. */
function drawBlocking(pairs, all) {
    const { width, left, right } = BLOCKING;
    const scale = 260 / sumOf(pairs, pair => pair.wait_total);
    const waiters = placeNodes(pairs, "waiter", scale), holders = placeNodes(pairs, "holder", scale);
    return draw("svg", { class: "chart", role: "group", "aria-label": "Who blocks whom",
        viewBox: `0 0 ${width} ${Math.max(waiters.height, holders.height)}` },
    draw("text", { class: "heading-text", x: left - 8, y: 14, "text-anchor": "end" }, "waits at"),
    draw("text", { class: "heading-text", x: (left + right) / 2, y: 14, "text-anchor": "middle" },
        "◂ is kept waiting by"),
    draw("text", { class: "heading-text", x: right + 18, y: 14 }, "held at"),
    ...inOrder(pairs, waiters, holders).map(pair => drawEdge(pair, waiters, holders, scale)),
    ...drawNodes(waiters, left, "end", all), ...drawNodes(holders, right, "start", all));
}

function blockingText(pairs, shown) {
    const locks = blocking.onlyChosen ? [data.locks[chosen.lock]] : data.locks;
    const wait = sumOf(locks, lock => lock.wait_total);
    const known = sumOf(pairs, pair => pair.wait_total);
    const of = blocking.onlyChosen ? data.shown[chosen.lock] : "all locks";
    if (pairs.length === 0) return `Of the waits for ${of} no holder is known.`;
    const rest = pairs.length > shown.length ? ` ${pairs.length - shown.length} smaller pairs are not drawn.` : "";
    return `For ${of}, the holder is known for ${share(known, wait)} of the wait. Thick is long.${rest}`;
}

function showBlocking() {
    const pairs = blockingPairs();
    const shown = pairs.slice(0, RIBBONS);
    byId("blocking-line").textContent = blockingText(pairs, shown);
    byId("blocking-chart").replaceChildren(...(shown.length === 0 ? [] : [
        drawBlocking(shown, sumOf(pairs, pair => pair.wait_total)), makeTableOf("Who blocks whom", [
        { title: "waits at", text: true, value: pair => pair.waiter },
        { title: "held at", text: true, value: pair => pair.holder },
        { title: "lock", text: true, value: pair => data.shown[pair.lock] },
        { title: "wait", value: pair => duration(pair.wait_total) }], shown)]));
}

function startBlocking() {
    byId("blocking-controls").append(makeCheck("Only the chosen lock", false, checked => {
        blocking.onlyChosen = checked;
        showBlocking();
    }));
    showBlocking();
    onChosen(() => {
        if (blocking.onlyChosen) showBlocking();
    });
}
