// The drawing of one view: boxes for nodes and groups, curves for operands.

const NAME_SHOWN = 20;
const drawing = byId("drawing");
const viewport = byId("viewport");

const view = {
    current: null, // an entry of data.views
    boxes: [], // for each of its items {group, value, gradient}
    edges: [], // for each of its edges {group, line, tip, label}
    itemOf: new Map(), // from nodes to items
};

function openView(position) {
    view.current = data.views[position];
    view.itemOf = new Map();
    view.current.items.forEach((item, number) => {
        for (const node of item.members ?? [item.node]) {
            view.itemOf.set(node, number);
        }
    });
    view.edges = view.current.edges.map(edgeElement);
    view.boxes = view.current.items.map(itemElement);
    viewport.replaceChildren(
        ...view.edges.map((edge) => edge.group),
        ...view.boxes.map((box) => box.group),
        ...view.edges.map((edge) => edge.label),
    );
    setStops(view.boxes);
    drawCrumbs();
    changed("view");
}

function drawCrumbs() {
    const path = view.current.path;
    const crumbs = byId("crumbs");
    crumbs.hidden = data.views.length === 1;
    crumbs.replaceChildren(
        ...["whole graph", ...path].map((title, depth) => {
            const there = data.views.findIndex(
                (other) => other.path.join("\n") === path.slice(0, depth).join("\n"),
            );
            const button = element("button", { type: "button" }, title);
            button.disabled = depth === path.length;
            button.addEventListener("click", () => {
                openView(there);
                focusStop(stops[0]);
            });
            return button;
        }),
    );
}

function itemElement(item, number) {
    return item.node === undefined ? groupElement(item, number) : nodeElement(item, number);
}

function box(item, kind) {
    const [x, y] = [item.x - item.width / 2, item.y - item.height / 2];
    const frame = shape("rect", { width: item.width, height: item.height, rx: 9, class: "frame" });
    return shape("g", { class: kind, transform: `translate(${x} ${y})` }, frame);
}

function text(x, y, kind, content = "") {
    return shape("text", { x, y, class: kind }, content);
}

function nodeElement(item, number) {
    const node = nodes[item.node];
    const group = box(item, `node ${node.kind}${item.outside ? " outside" : ""}`);
    group.dataset.node = item.node;
    if (node.plain) {
        const value = text(item.width / 2, item.height / 2 + 4.5, "value plain");
        group.append(value);
        return listen({ group, value, gradient: null, node: item.node }, number);
    }
    const value = text(12, 37, "value");
    const gradient = node.active ? text(12, 53, "gradient") : null;
    group.append(text(12, 19, "name", shownName(item.name)), value);
    if (gradient) {
        group.append(gradient);
    }
    if (item.op) {
        group.append(text(item.width - 11, 19, "op", shorten(item.op, NAME_SHOWN)));
    }
    return listen({ group, value, gradient, node: item.node }, number);
}

// Of the long name of a parameter in a module, the end tells it from others.
function shownName(name) {
    const end = Array.from(name).slice(1 - NAME_SHOWN).join("");
    return name.length > NAME_SHOWN && /^[\w.]+(\[.*\])?$/.test(name) ? `…${end}` : shorten(name, NAME_SHOWN);
}

function groupElement(item, number) {
    const group = box(item, `node group${item.outside ? " outside" : ""}`);
    const count = item.members.length;
    const size = item.outside ? "elsewhere" : `${count} ${count === 1 ? "node" : "nodes"}`;
    group.append(text(12, 23, "name", shorten(item.title, 2 * NAME_SHOWN)), text(12, 45, "size", size));
    group.setAttribute("aria-label", `${item.title}, group of nodes, ${size}; opens`);
    return listen({ group, value: null, gradient: null, node: null }, number);
}

// What a box does when it is clicked: a node is explained, a group opened.
function listen(made, number) {
    const item = view.current.items[number];
    const act = () => {
        if (made.node !== null) {
            select(made.node);
        } else if (item.view !== null) {
            openView(item.view);
            focusStop(stops[0]);
        }
    };
    const { x, y, width, height } = item;
    Object.assign(made, { x, y, width, height, act });
    makeStop(made);
    return made;
}

function edgeElement(edge) {
    const points = edge.curve;
    const pairs = points.map((x, i) => (i % 2 ? `${points[i - 1]},${x}` : "")).filter(Boolean);
    const d = `M${pairs[0]}C${pairs.slice(1).join(" ")}`;
    const line = shape("path", { class: "line", d });
    const tip = shape("path", { class: "tip" });
    const group = shape("g", { class: "edge", "aria-hidden": "true" }, line, tip);
    // In the middle of the curve: of its middle piece, at a half.
    const pieces = (pairs.length - 1) / 3;
    const start = 6 * Math.floor(pieces / 2);
    const piece = points.slice(start, start + 8);
    const at = pieces % 2 ? [0, 1].map((i) => bezier(piece, i, 0.5)) : piece.slice(0, 2);
    const label = text(at[0], at[1] - 4, "derivative");
    label.setAttribute("aria-hidden", "true");
    return { group, line, tip, label, edge };
}

function bezier(points, axis, t) {
    const [a, b, c, d] = [0, 2, 4, 6].map((i) => points[i + axis]);
    const s = 1 - t;
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}

// The arrow's head: it grows with the line.
function tipPath(points, size) {
    const [x, y] = points.slice(-2);
    let [fromX, fromY] = points.slice(-4, -2);
    if (fromX === x && fromY === y) {
        [fromX, fromY] = points.slice(-6, -4);
    }
    const length = Math.hypot(x - fromX, y - fromY) || 1;
    const [ux, uy] = [(x - fromX) / length, (y - fromY) / length];
    const [bx, by] = [x - ux * size, y - uy * size];
    const half = size * 0.45;
    return `M${x},${y}L${bx - uy * half},${by + ux * half}L${bx + uy * half},${by - ux * half}Z`;
}

// Numbers, colors and what is lit: brought up to date after every change.
function refreshGraph() {
    if (!view.current) {
        return;
    }
    const lit = model.lit === null ? null : onPathsFrom(model.lit);
    view.boxes.forEach((box, number) => refreshBox(box, number, lit));
    view.edges.forEach((drawn) => refreshEdge(drawn, lit));
}

function refreshBox(made, number, lit) {
    const { group, value, gradient, node } = made;
    const members = node === null ? view.current.items[number].members : [node];
    const known = members.some(hasValue);
    group.classList.toggle("pending", !known);
    group.classList.toggle("now", members.includes(playback.node));
    group.classList.toggle("dim", lit !== null && !members.some((member) => lit.has(member)));
    group.classList.toggle("selected", node !== null && node === model.selected);
    if (node === null) {
        return;
    }
    value.textContent = known ? format(model.values[node]) : "·";
    if (gradient) {
        const shown = hasGradient(node);
        gradient.textContent = shown ? `∂ ${format(model.gradients[node])}` : "";
        gradient.setAttribute("class", `gradient ${signOf(model.gradients[node])}`);
    }
    group.setAttribute("aria-label", spoken(node));
}

function spoken(node) {
    const { kind, op, active } = nodes[node];
    const what = nodes[node].plain ? "" : `, ${kind}${op ? ` of ${op}` : ""}`;
    const value = hasValue(node) ? `, value ${format(model.values[node])}` : ", not computed yet";
    const known = active && hasGradient(node);
    return nameOf(node) + what + value + (known ? `, gradient ${format(model.gradients[node])}` : "");
}

function refreshEdge({ group, line, tip, label, edge }, lit) {
    const [user, position] = edge.of;
    const operand = nodes[user].operands[position];
    const single = edge.count === 1;
    const shown = single && hasValue(user) && nodes[operand].active && nodes[user].active;
    const slope = shown ? partial(user, position) : 0;
    const size = Math.abs(slope);
    const width = shown && !Number.isNaN(size) ? 1.1 + 4.2 * (size === Infinity ? 1 : size / (1 + size)) : 1.1;
    group.setAttribute("class", `edge ${shown ? signOf(slope) : "none"}`);
    group.classList.toggle("pending", !hasValue(user) && single);
    group.classList.toggle("forward", playback.forward && playback.node === user);
    group.classList.toggle("backward", !playback.forward && playback.node === operand && hasGradient(user));
    const off = lit !== null && !(lit.has(operand) && lit.has(user));
    group.classList.toggle("dim", off);
    label.classList.toggle("dim", off);
    line.setAttribute("stroke-width", width.toFixed(2));
    tip.setAttribute("d", tipPath(edge.curve, 6 + 1.4 * width));
    const several = !single ? `${edge.count} edges` : "";
    label.textContent = shown ? format(slope, 3) : several;
}
