/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flame graph, root on top. With the lock as leaf it shows which ways through the program lead to waiting; with the
 * lock as root, each lock's own. Boxes are buttons, drawn only where they are wide enough to be seen.
 */

const NARROWEST = 0.25; /* percent of the width */
const BOX_HEIGHT = 22;

const flame = { value: "wait", lock: "leaf", onlyChosen: false, root: null, zoomed: null };

/* What is one box: a function, wherever in it the calls are, known by its first frame; or a lock, as -1 - lock. */
const firstFrames = new Map();
const frameKeys = data.frames.map(([name, file], i) => {
    const key = `${name}\n${file}`;
    if (!firstFrames.has(key)) firstFrames.set(key, i);
    return firstFrames.get(key);
});

/* The box of a stack at a depth (the root has 0), or undefined beyond its end. */
function keyAt(stack, depth) {
    const frames = stack.length - STACK_FRAMES;
    const lockDepth = flame.lock === "root" ? 1 : frames + 1;
    if (depth === lockDepth) return -1 - stack[STACK_LOCK];
    return frameKeys[stack[STACK_FRAMES + depth - 1 - (flame.lock === "root" ? 1 : 0)]];
}

function makeNode(parent, key) {
    return { parent, depth: parent === null ? 0 : parent.depth + 1, sum: 0, stacks: [], children: null, shown: [],
        lock: key < 0 ? -1 - key : null, frame: key >= 0 ? data.frames[key] : null };
}

/* Largest first. Found when asked for: most of a large tree is too narrow ever to be seen. */
function childrenOf(node) {
    if (node.children !== null) return node.children;
    const children = new Map();
    for (const stack of node.stacks) {
        const key = keyAt(stack, node.depth + 1);
        if (key === undefined) continue;
        if (!children.has(key)) children.set(key, makeNode(node, key));
        const child = children.get(key);
        child.sum += stack[VALUES[flame.value]];
        child.stacks.push(stack);
    }
    node.children = [...children.values()].sort((a, b) => b.sum - a.sum);
    return node.children;
}

function buildFlame() {
    const root = makeNode(null);
    root.stacks = data.stacks.filter(stack => stack[VALUES[flame.value]] > 0 &&
        (!flame.onlyChosen || stack[STACK_LOCK] === chosen.lock));
    root.sum = sumOf(root.stacks, stack => stack[VALUES[flame.value]]);
    return root;
}

function nodeName(node) {
    if (node.parent === null) return "all";
    return node.lock !== null ? data.shown[node.lock] : node.frame[0] || "(no name)";
}

function nodeText(node) {
    const file = node.frame !== null && node.frame[1] !== "" ? ` (${node.frame[1]})` : "";
    const what = flame.value === "wait" ? "waiting" : "holding";
    return `${node.lock !== null ? "lock " : ""}${nodeName(node)}${file}: ${duration(node.sum)} ${what}, ` +
        `${share(node.sum, flame.root.sum)} of all`;
}

function makeBox(node, left, width) {
    const narrow = width < 1.2;
    const kind = node.lock !== null ? "lock" : node.depth % 2 ? "call odd" : "call";
    const text = nodeText(node);
    const box = make("button", { type: "button", role: "treeitem", tabindex: -1, title: text, "aria-label": text,
        "aria-level": node.depth + 1, class: `${kind} ${narrow ? "narrow" : ""}`, onclick: () => zoomFlame(node) },
    narrow ? "" : nodeName(node));
    box.style.left = `${left}%`;
    box.style.width = `${width}%`;
    box.style.top = `${node.depth * BOX_HEIGHT}px`;
    node.box = box;
    return box;
}

/* The boxes below `node`, which spans `width` percent from `left` on. Deep stacks must not end in a deep recursion. */
function makeBoxes(node, boxes) {
    const waiting = [[node, 0, 100]];
    let deepest = 0;
    while (waiting.length > 0) {
        const [at, left, width] = waiting.pop();
        boxes.push(makeBox(at, left, width));
        deepest = Math.max(deepest, at.depth);
        let x = left;
        at.shown = childrenOf(at).filter(child => {
            const wide = (width * child.sum) / at.sum;
            if (wide < NARROWEST) return false;
            waiting.push([child, x, wide]);
            x += wide;
            return true;
        });
    }
    return deepest;
}

/* The zoomed box and those it is in take the whole width. */
function zoomFlame(node) {
    const boxes = [];
    flame.zoomed = node;
    for (let at = node.parent, below = node; at !== null; below = at, at = at.parent) {
        boxes.unshift(makeBox(at, 0, 100));
        at.shown = [below];
    }
    const deepest = makeBoxes(node, boxes);
    const chart = byId("flame-chart");
    const hadFocus = chart.contains(document.activeElement);
    chart.className = flame.value;
    chart.style.height = `${(deepest + 1) * BOX_HEIGHT}px`;
    chart.replaceChildren(...boxes);
    node.box.tabIndex = 0;
    if (hadFocus) node.box.focus();
    byId("flame-line").textContent = node.parent === null
        ? `${duration(node.sum)} ${flame.value === "wait" ? "waiting" : "holding"}, all threads together.` : nodeText(node);
}

function showFlame() {
    flame.root = buildFlame();
    if (flame.root.sum > 0) {
        zoomFlame(flame.root);
        return;
    }
    byId("flame-chart").replaceChildren();
    byId("flame-chart").style.height = "0";
    byId("flame-line").textContent = flame.value === "wait" ? "No wait was recorded." : "No hold was recorded.";
}

function moveFocus(from, to) {
    if (to === undefined || to === null) return;
    from.box.tabIndex = -1;
    to.box.tabIndex = 0;
    to.box.focus();
}

function findNode(box) {
    const waiting = [flame.root];
    while (waiting.length > 0) {
        const node = waiting.pop();
        if (node.box === box) return node;
        waiting.push(...node.shown);
    }
    return null;
}

function onFlameKey(event) {
    const node = findNode(event.target);
    if (node === null) return;
    const beside = node.parent?.shown ?? [node];
    const steps = {
        ArrowUp: () => moveFocus(node, node.parent),
        ArrowDown: () => moveFocus(node, node.shown[0]),
        ArrowLeft: () => moveFocus(node, beside[beside.indexOf(node) - 1]),
        ArrowRight: () => moveFocus(node, beside[beside.indexOf(node) + 1]),
        Home: () => moveFocus(node, flame.root),
        Escape: () => zoomFlame(flame.zoomed.parent ?? flame.root),
    };
    if (steps[event.key] === undefined) return;
    event.preventDefault();
    steps[event.key]();
}

function startFlame() {
    const change = (key, value) => {
        flame[key] = value;
        showFlame();
    };
    byId("flame-controls").append(
        makeCheck("Only the chosen lock", false, checked => change("onlyChosen", checked)),
        makeChoice("flame-lock", "Where the lock is", { leaf: "Lock as leaf", root: "Lock as root" }, flame.lock,
            value => change("lock", value)),
        makeChoice("flame-value", "What the widths are", { wait: "Wait", hold: "Hold" }, flame.value,
            value => change("value", value)));
    byId("flame-chart").addEventListener("keydown", onFlameKey);
    showFlame();
    onChosen(() => {
        if (flame.onlyChosen) showFlame();
    });
}
