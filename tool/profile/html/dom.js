/* SPDX-License-Identifier: Apache-2.0 */
/* Making elements. Texts become text nodes and attributes attributes: what is in a profile is never read as markup. */

function fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes ?? {})) {
        if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
        else if (value === true) element.setAttribute(key, "");
        else if (value != null && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.filter(child => child != null));
    return element;
}

function make(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function byId(id) {
    return document.getElementById(id);
}

/* A choice of one among `options` ({value: label}), as radio buttons. */
function makeChoice(name, legend, options, chosen, onChoose) {
    const labels = Object.entries(options).map(([value, label]) => make("label", null,
        make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onChoose(value) }), label));
    return make("fieldset", { class: "choice" }, make("legend", { class: "hidden" }, legend), ...labels);
}

function makeCheck(label, checked, onChange) {
    return make("label", null,
        make("input", { type: "checkbox", checked, onchange: event => onChange(event.target.checked) }), " ", label);
}

/* A table from columns {title, text, value} and items; the first column is the heading of the row. */
function makeTable(caption, columns, items) {
    const head = columns.map(column => make("th", { scope: "col", class: column.text && "text" }, column.title));
    const rows = items.map(item => make("tr", null, ...columns.map((column, i) => i === 0
        ? make("th", { scope: "row", class: column.text && "name" }, column.value(item))
        : make("td", { class: column.text && "text name" }, column.value(item)))));
    return make("table", null, make("caption", { class: "hidden" }, caption),
        make("thead", null, make("tr", null, ...head)), make("tbody", null, ...rows));
}

/* The same numbers as a picture, for those who would rather read them. */
function makeTableOf(caption, columns, items) {
    return make("details", { class: "table-of" }, make("summary", null, "As a table"), makeTable(caption, columns, items));
}

/* What is done by a click is done by Enter and Space too, on elements that are no buttons by nature. */
function onPress(action) {
    return {
        role: "button", tabindex: 0, onclick: action,
        onkeydown: event => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            action(event);
        },
    };
}
