/* SPDX-License-Identifier: Apache-2.0 */
/* The table of locks: sorted by any column, filtered, with more columns on request. */

const LOCKS_AT_FIRST = 50;

const lockTable = {
    sort: data.fields.find(field => field.key === "wait_total"),
    descending: true,
    words: "",
    all: false, /* rows beyond the first are shown too */
    fields: data.fields.filter(field => field.usual),
    rows: new Map(), /* by lock */
};

function matchesFilter(i) {
    const lock = data.locks[i];
    return [data.shown[i], lock.name, lock.declaration].some(text => text.toLowerCase().includes(lockTable.words));
}

/* Positions of the locks to show. What the profile does not tell comes last, whichever way. */
function sortedLocks() {
    const { key, unit } = lockTable.sort;
    const value = i => key === "name" ? data.shown[i] : data.locks[i][key];
    const missing = i => unit === "text" ? value(i) === "" : value(i) == null;
    const sign = lockTable.descending ? -1 : 1;
    const compare = unit === "text" ? (a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0)
        : (a, b) => value(a) - value(b);
    return data.locks.map((_, i) => i).filter(matchesFilter).sort((a, b) =>
        missing(a) - missing(b) || (missing(a) ? 0 : sign * compare(a, b)) || a - b);
}

/* Neighbours of one group share a heading. */
function makeGroups() {
    const runs = [];
    for (const { group } of lockTable.fields) {
        if (runs.at(-1)?.group === group) runs.at(-1).count++;
        else runs.push({ group, count: 1 });
    }
    return make("tr", null, ...runs.map(({ group, count }, i) => make(group ? "th" : "td",
        { class: `group-${group} ${i > 0 ? "begins" : ""}`, colspan: count, scope: group && "colgroup" }, group)));
}

function makeTitle(field, before) {
    const sorted = field === lockTable.sort;
    const button = make("button", { type: "button", title: field.meaning, "data-key": field.key,
        "aria-label": `${field.group} ${field.title}: ${field.meaning}`.trim(), onclick: () => sortBy(field) },
    field.title + (sorted ? (lockTable.descending ? " ▾" : " ▴") : ""));
    return make("th", { scope: "col", class: `${field.unit === "text" ? "text" : ""} ${beginsGroup(field, before)}`,
        "aria-sort": sorted && (lockTable.descending ? "descending" : "ascending") }, button);
}

function beginsGroup(field, before) {
    return before !== undefined && before.group !== field.group ? "begins" : "";
}

function sortBy(field) {
    lockTable.descending = field === lockTable.sort ? !lockTable.descending : field.unit !== "text";
    lockTable.sort = field;
    showLocks();
    byId("lock-table").querySelector(`thead button[data-key="${field.key}"]`).focus();
}

/* A number, and under a total a bar for its share of the largest. */
function makeCell(lock, field, before, largest) {
    const kind = field.unit === "text" ? "text name" : "";
    const cell = make("td", { class: `${kind} ${field.group} ${beginsGroup(field, before)}` },
        UNITS[field.unit](lock[field.key]));
    if (largest[field.key] > 0 && lock[field.key] > 0) {
        const part = make("span", { class: "part", "aria-hidden": "true" });
        part.style.width = `${(100 * lock[field.key]) / largest[field.key]}%`;
        cell.append(part);
    }
    return cell;
}

function makeRow(i, largest) {
    const row = make("tr", { onclick: () => chooseLock(i) },
        make("th", { scope: "row" }, make("button", { type: "button", "data-lock": i }, data.shown[i])));
    lockTable.fields.slice(1).forEach((field, at) =>
        row.append(makeCell(data.locks[i], field, lockTable.fields[at], largest)));
    return row;
}

function markChosen() {
    for (const [i, row] of lockTable.rows) {
        row.classList.toggle("chosen", i === chosen.lock);
        row.querySelector("button").setAttribute("aria-pressed", i === chosen.lock);
    }
}

function showLocks() {
    const order = sortedLocks();
    const count = lockTable.all ? order.length : Math.min(order.length, LOCKS_AT_FIRST);
    const largest = {};
    for (const key of ["wait_total", "hold_total"]) largest[key] = maxOf(data.locks, lock => lock[key]);
    lockTable.rows = new Map(order.slice(0, count).map(i => [i, makeRow(i, largest)]));
    const table = byId("lock-table");
    const titles = lockTable.fields.map((field, at) => makeTitle(field, lockTable.fields[at - 1]));
    table.tHead.replaceChildren(makeGroups(), make("tr", null, ...titles));
    table.tBodies[0].replaceChildren(...lockTable.rows.values());
    byId("more-locks").hidden = count === order.length;
    byId("more-locks").textContent = `Show the other ${order.length - count} locks`;
    byId("filter-count").textContent = order.length === data.locks.length ? counted(order.length, "lock")
        : `${order.length} of ${counted(data.locks.length, "lock")}`;
    markChosen();
}

function chooseColumns(key, shown) {
    const keys = new Set(lockTable.fields.map(field => field.key));
    if (shown) keys.add(key); else keys.delete(key);
    lockTable.fields = data.fields.filter(field => keys.has(field.key));
    showLocks();
}

function showLockTable() {
    byId("filter").addEventListener("input", event => {
        lockTable.words = event.target.value.trim().toLowerCase();
        showLocks();
    });
    byId("more-locks").addEventListener("click", () => {
        lockTable.all = true;
        showLocks();
    });
    /* The first, the name, always stays. */
    byId("columns").append(...data.fields.slice(1).map(field => makeCheck(`${field.group} ${field.title}`.trim(),
        field.usual, shown => chooseColumns(field.key, shown))));
    showLocks();
    onChosen(markChosen);
}
