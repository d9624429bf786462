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
    found.push(equationElement(backwardEquation(node)));
    if (node !== output) {
        found.push(...pathDetails(node));
    }
    return found;
}

// A number with all its digits.
function inFull(what, x) {
    const digits = element("span", { title: `${what} in full` }, String(x).replaceAll("-", "−"));
    return element("p", { class: "full" }, element("i", {}, what), digits);
}

function pathDetails(node) {
    const count = countPaths(node);
    const many = `${count.toLocaleString("en")} ${count === 1n ? "path" : "paths"}`;
    const heading = element("h3", {}, `${many} to ${nameOf(output)}`);
    const paths = pathsFrom(node);
    if (paths === null) {
        const total = `Too many to list; their sum is ${format(model.gradients[node])}.`;
        return [heading, element("p", {}, total)];
    }
    const shown = paths.slice(0, PATHS_LISTED);
    const rows = shown.map(({ steps, product }) => {
        const names = [node, ...steps.map(([user]) => user)].map(nameOf).join(" → ");
        const factors = steps.map(([user, k]) => enclosed(partial(user, k))).reverse().join(" · ");
        const share = element("span", { class: `gradient ${signOf(product)}` }, format(product));
        return element(
            "li",
            {},
            element("span", { class: "path" }, names),
            element("span", { class: "factors" }, factors, element("i", {}, " = "), share),
        );
    });
    const rest = paths.slice(PATHS_LISTED);
    if (rest.length) {
        const sum = rest.reduce((total, path) => total + path.product, 0);
        rows.push(element("li", {}, `the other ${rest.length}: ${format(sum)}`));
    }
    return [heading, element("ol", { class: "paths" }, ...rows)];
}

function refreshDetails() {
    const node = model.selected;
    byId("details").hidden = node === null;
    if (node !== null) {
        byId("details-name").textContent = nameOf(node);
        byId("details-body").replaceChildren(...detailsOf(node));
        const adjustable = isLeaf(node) && !nodes[node].plain && recompute !== null;
        byId("details-curve").hidden = !adjustable;
    }
}

function startDetails() {
    byId("details-close").addEventListener("click", () => select(null));
    byId("details-curve").addEventListener("click", () => showCurve(model.selected));
    on("selection numbers", refreshDetails);
    on("selection", () => {
        if (model.selected !== null) {
            byId("details").scrollIntoView({ block: "nearest" });
        }
    });
}
