/* SPDX-License-Identifier: Apache-2.0 */
/* Light or dark, and the start of all parts. */

const THEME_KEY = "mutray-theme";

/* A page from a file may have no storage. */
function remembered() {
    try {
        return localStorage.getItem(THEME_KEY);
    } catch {
        return null;
    }
}

function remember(theme) {
    try {
        localStorage.setItem(THEME_KEY, theme);
    } catch {
        /* then it is the system's again next time */
    }
}

function isDark() {
    const set = document.documentElement.dataset.theme;
    return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function startTheme() {
    const button = byId("theme");
    const label = () => {
        button.textContent = isDark() ? "☀ Light" : "☾ Dark";
        button.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
    };
    if (["light", "dark"].includes(remembered())) document.documentElement.dataset.theme = remembered();
    button.addEventListener("click", () => {
        const theme = isDark() ? "light" : "dark";
        document.documentElement.dataset.theme = theme;
        remember(theme);
        label();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
    label();
}

startTheme();
showSummary();
if (data.locks.length === 0) {
    for (const id of ["locks", "detail", "timeline", "blocking", "flame"]) byId(id).hidden = true;
} else {
    showLockTable();
    onChosen(showDetail);
    startTimeline();
    startBlocking();
    startFlame();
}
