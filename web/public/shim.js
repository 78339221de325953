/* WebViews before Chromium 71 have no globalThis. */
if (typeof globalThis === "undefined") { window.globalThis = window; }
