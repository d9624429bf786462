// What is known of the node that was clicked: its numbers, and its gradient path by path.

function detailsOf(node) {
    const { active, op } = nodes[node];
    const found = [];
    found.push(inFull("Value", model.values[node]));
    if (active) {
        found.push(inFull("Gradient", model.gradients[node]));
    }
    if (op) {
        found.push(equationElement(forwardEquation(node)));
    }
    if (!active) {
        found.push(element("p", {}, "A constant: no gradient flows here."));
        return found;
    }
    if (node !== output) {
        found.push(equationElement(backwardEquation(node)));
    }
    found.push(...pathDetails(node));
    return found;
}

// A number with all its digits.
function inFull(what, x) {
    const digits = element("span", { title: `${what} in full` }, String(x).replaceAll("-", "−"));
    return element("p", { class: "full" }, element("i", {}, what), digits);
}

// The gradient path by path: for each the product, in columns of a formula and its number.
function pathDetails(node) {
    const { headline, paths, remarks, zeros } = explain(node);
    const rows = paths.map(({ steps, terms, product, share }) => {
        const columns = terms.map(({ text, value, isNumber }) =>
            element(
                "span",
                { class: "term" },
                element("span", { class: "formula" }, text),
                element("span", { class: "number" }, isNumber ? text : format(value)),
            ),
        );
        const alone = terms.length === 1 && terms[0].isNumber;
        const kind = `gradient ${signOf(product)}`;
        const all = share === 1 || Number.isNaN(share) || product === 0;
        const result = [
            element("i", {}, "= "),
            element("span", { class: kind }, format(product)),
            all ? null : element("i", { class: "share" }, ` (${inPercent(share)})`),
        ];
        return element(
            "li",
            {},
            element("span", { class: "path" }, steps),
            alone ? null : element("span", { class: "terms" }, ...columns),
            element("span", { class: "total" }, ...result),
        );
    });
    return [
        element("h3", {}, headline),
        element("ol", { class: "paths" }, ...rows),
        ...(remarks.length ? [element("p", { class: "remarks" }, remarks.join(" "))] : []),
        ...(zeros.length ? [element("ul", { class: "zeros" }, ...zeros.map((line) => element("li", {}, line)))] : []),
    ];
}

function refreshDetails() {
    const node = model.selected;
    byId("details").hidden = node === null;
    if (node !== null) {
        byId("details-name").textContent = labelOf(node);
        byId("details-body").replaceChildren(...detailsOf(node));
        const adjustable = isLeaf(node) && !nodes[node].plain && recompute !== null;
        byId("details-curve").hidden = !adjustable || !nodes[node].active;
    }
}

// After a key, the explanation is where reading goes on; Escape leads back.
function focusDetails() {
    if (model.selected !== null) {
        byId("details-name").focus();
    }
}

function closeDetails() {
    const node = model.selected;
    const inside = byId("details").contains(document.activeElement);
    select(null);
    if (inside) {
        focusStop(stopOf(node) ?? stops[0]);
    }
}

function startDetails() {
    byId("details-close").addEventListener("click", closeDetails);
    byId("details-curve").addEventListener("click", () => showCurve(model.selected));
    document.addEventListener("keydown", (event) => event.key === "Escape" && closeDetails());
    on("selection numbers", refreshDetails);
    on("selection", () => {
        if (model.selected !== null) {
            const narrow = getComputedStyle(byId("details")).scrollMarginTop !== "0px";
            byId("details").scrollIntoView({ block: narrow ? "start" : "nearest" });
        }
    });
}
