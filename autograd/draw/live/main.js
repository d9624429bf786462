// What the page begins with, and what is shown where.

let shown = "graph";

// Bring one of the three pictures forward: the graph, the network or the curve.
function show(picture) {
    shown = picture;
    for (const tab of ["graph", "network", "curve"]) {
        byId(`tab-${tab}`).setAttribute("aria-pressed", tab === picture);
    }
    const flat = picture === "curve";
    byId("drawing").toggleAttribute("hidden", flat);
    byId("zoom").hidden = flat;
    byId("curve").hidden = !flat;
    byId("drawing").classList.toggle("other", picture !== "graph");
    byId("crumbs").hidden = picture !== "graph" || data.views.length === 1;
    if (picture === "graph") {
        openView(Math.max(data.views.indexOf(view.current), 0));
    } else if (picture === "network") {
        showNetwork();
        buildLeaves();
    }
    refreshPicture();
}

function refreshPicture() {
    if (shown === "graph") {
        refreshGraph();
    } else if (shown === "network") {
        refreshNetwork();
    } else {
        drawCurve();
    }
}

function startTheme() {
    byId("theme").addEventListener("click", () => {
        const dark = matchMedia("(prefers-color-scheme: dark)").matches;
        const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
        document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
    });
}

function start() {
    byId("title").textContent = data.title;
    byId("note").textContent = data.note;
    byId("note").hidden = data.note === "";
    startTheme();
    new ResizeObserver(() => shown === "curve" && drawCurve()).observe(byId("plot"));
    startCamera();
    startLeaves();
    on("view", () => fit(view.current.width, view.current.height, LEAST_SCALE));
    on("view step numbers selection light", refreshPicture);
    openView(0);
    startPlayback();
    startDescent();
    startDetails();
    for (const tab of ["graph", "network", "curve"]) {
        byId(`tab-${tab}`).addEventListener("click", () => show(tab));
    }
    byId("tab-network").hidden = data.network === null;
    byId("tab-curve").hidden = data.along === null || recompute === null;
    if (data.network !== null) {
        buildNetwork();
        show("network");
    } else if (data.along !== null && recompute !== null) {
        showCurve(data.along);
    } else {
        show("graph");
    }
}

start();
