// A slider and a box for every leaf in sight: moving one computes everything anew.

const MOST_ROWS = 200;
const LONGEST_BESIDE = 6; // characters of a name that stands beside its slider, not above
const leafRows = new Map();

// The range of each leaf's slider: around where it began, and wider once it has left that.
const ranges = new Map();

function rangeOf(leaf) {
    if (!ranges.has(leaf)) {
        const x = Number.isFinite(initial[leaf]) ? initial[leaf] : 0;
        const half = roundUp(Math.max(1, 1.5 * Math.abs(x)));
        ranges.set(leaf, [-half, half]);
    }
    const [low, high] = ranges.get(leaf);
    const x = model.values[leaf];
    if (Number.isFinite(x) && (x < low || x > high)) {
        const half = roundUp(1.2 * Math.abs(x));
        ranges.set(leaf, [-half, half]);
    }
    return ranges.get(leaf);
}

// The inputs of a network first; then the others, unless the graph behind it is in groups. Of a graph
// those that are not in a closed group.
function leavesInSight() {
    const inputs = shown === "network" ? networkInputs() : [];
    const others = data.leaves.filter((leaf) => {
        const item = view.current.items[view.itemOf.get(leaf)];
        return item?.node !== undefined && !inputs.includes(leaf);
    });
    const order = { parameter: 0, output: 0, constant: 1 };
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    others.sort(
        (a, b) =>
            order[nodes[a].kind] - order[nodes[b].kind] || compare(nodes[a].name, nodes[b].name),
    );
    const all = inputs.length > 0 && data.views.length > 1 ? inputs : [...inputs, ...others];
    return all.filter((leaf) => !nodes[leaf].plain).slice(0, MOST_ROWS);
}

function buildLeaves() {
    leafRows.clear();
    const list = byId("leaf-list");
    list.replaceChildren(...leavesInSight().map(leafRow));
    byId("leaves").hidden = leafRows.size === 0 && data.refusal === "";
    refreshLeaves();
}

function leafRow(leaf) {
    const { name, active } = nodes[leaf];
    const id = `leaf-${leaf}`;
    const off = recompute === null;
    const slider = element("input", { type: "range", id, step: "any", disabled: off });
    const number = element("input", {
        type: "number",
        step: "any",
        "aria-label": `${name}, exactly`,
        disabled: off,
    });
    const gradient = element("button", { type: "button", class: "gradient", title: "Explain", hidden: !active });
    gradient.addEventListener("click", (event) => {
        select(leaf);
        if (event.detail === 0) {
            focusDetails(); // a key, not the pointer
        }
    });
    const label = element("label", { for: id, title: labelOf(leaf) }, shorten(name, 34));
    const descends = element("input", { type: "checkbox", "aria-label": `descend ${name}` });
    descends.title = "moves in descent";
    descends.checked = nodes[leaf].descends;
    descends.addEventListener("change", () => (nodes[leaf].descends = descends.checked));
    const box = active && !off ? descends : element("span");
    const kind = name.length > LONGEST_BESIDE ? "leaf long" : "leaf";
    const row = element("li", { class: kind }, box, label, slider, number, gradient);
    row.dataset.leaf = leaf;
    for (const input of [slider, number]) {
        input.addEventListener("input", () => {
            const x = input.valueAsNumber;
            if (Number.isFinite(x)) {
                setLeaves([[leaf, x]]);
            }
        });
    }
    number.addEventListener("change", refreshLeaves);
    row.addEventListener("pointerenter", () => light(leaf));
    row.addEventListener("pointerleave", () => light(null));
    leafRows.set(leaf, { slider, number, gradient });
    return row;
}

function refreshLeaves() {
    for (const [leaf, { slider, number, gradient }] of leafRows) {
        const x = model.values[leaf];
        const [low, high] = rangeOf(leaf);
        slider.min = low;
        slider.max = high;
        slider.value = x;
        slider.setAttribute("aria-valuetext", format(x));
        if (document.activeElement !== number || number.valueAsNumber !== x) {
            number.value = Number(x.toPrecision(6));
        }
        if (nodes[leaf].active) {
            const slope = format(model.gradients[leaf], 3);
            gradient.textContent = `∂ ${slope}`;
            gradient.className = `gradient ${signOf(model.gradients[leaf])}`;
            gradient.setAttribute("aria-label", `gradient of ${nodes[leaf].name} ${slope}, explain`);
        }
    }
}

// What a where of this graph cannot do: follow a condition that was True or False when the graph was
// recorded, and follow the side that was not taken, of which the graph has but the number.
function caution() {
    const chooses = nodes.map((_, node) => node).filter((node) => nodes[node].holds !== undefined);
    const conditionOf = (node) => nodes[node].operands[0];
    const turned = chooses.find((node) => nodes[node].holds !== (model.values[conditionOf(node)] !== 0));
    if (turned !== undefined) {
        const number = model.values[nodes[turned].operands[nodes[turned].holds ? 2 : 1]];
        return (
            `${nameOf(turned)} now takes its other side, which the graph has only as the number ` +
            `${format(number)} it was: what that was computed from is not followed.`
        );
    }
    const moved = data.leaves.some((leaf) => model.values[leaf] !== initial[leaf]);
    const fixed = moved ? chooses.find((node) => nodes[conditionOf(node)].plain) : undefined;
    return fixed === undefined
        ? ""
        : `${nameOf(fixed)} = where(…) keeps to the side that was taken when the graph was recorded, ` +
              "even if its condition depends on the leaves.";
}

function refreshCaution() {
    const text = caution();
    if (byId("caution").textContent !== text) {
        byId("caution").textContent = text;
    }
}

function startLeaves() {
    byId("refusal").textContent = data.refusal
        ? `Numbers cannot be changed here: ${data.refusal}`
        : "";
    on("numbers", refreshCaution);
    on("view", buildLeaves);
    on("numbers", refreshLeaves);
}
