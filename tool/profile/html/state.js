/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the page have in common: the lock that is looked at. */

const chosen = { lock: 0, listeners: [] };

/* `listener` is called now and whenever another lock is chosen. */
function onChosen(listener) {
    chosen.listeners.push(listener);
    listener();
}

function chooseLock(lock) {
    if (lock === chosen.lock) return;
    chosen.lock = lock;
    for (const listener of chosen.listeners) listener();
}
