// A network as neurons and weights: outputs inside, δ (the gradient of the weighted sum) below.

const NEURON = { radius: 28, across: 190, down: 88, margin: 56, rows: 12, between: 20 };
const NAMED = { character: 7, beside: 16, inside: 7 }; // pixels of width; characters at most
const DARKEST = 0.3;
const LABELED_WEIGHTS = 60; // of more, numbers would cover each other
const network = { neurons: [], weights: [], width: 0, height: 0 };

function buildNetwork() {
    const { columns, weights } = data.network;
    const places = layOut(columns);
    network.weights = weights.map(({ from, to, weight }) => {
        const [[x1, y1], [x2, y2]] = [places[from[0]][from[1]], places[to[0]][to[1]]];
        const line = shape("line", { x1: x1 + NEURON.radius, y1, x2: x2 - NEURON.radius, y2 });
        const title = shape("title");
        line.append(title);
        // Labels stand at different places along their lines, so that they do not meet.
        const t = [0.3, 0.5, 0.7][from[1] % 3];
        const label = text(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t - 4, "derivative");
        label.setAttribute("aria-hidden", "true");
        const made = { line, title, label: weights.length <= LABELED_WEIGHTS ? label : null, weight };
        Object.assign(made, { from: columns[from[0]][from[1]], to: columns[to[0]][to[1]] });
        line.setAttribute("aria-hidden", "true");
        line.addEventListener("click", () => select(weight));
        line.addEventListener("pointerenter", () => light(weight));
        line.addEventListener("pointerleave", () => light(null));
        return made;
    });
    network.neurons = columns.flatMap((column, c) =>
        column.map((neuron, r) => {
            const made = neuronElement(neuron, places[c][r]);
            const hidden = c > 0 && c < columns.length - 1;
            const name = neuron.name || (hidden ? nameOf(neuron.output) : "");
            made.group.append(...neuronName(name, c, columns.length - 1));
            return made;
        }),
    );
}

// Where each neuron stands, column by column. What is taller than the drawing may be stands in
// several columns next to each other.
function layOut(columns) {
    const last = columns.length - 1;
    const rows = Math.min(NEURON.rows, Math.max(...columns.map((column) => column.length)));
    network.height = (rows - 1) * NEURON.down + 2 * NEURON.margin;
    let x = NEURON.margin;
    const places = columns.map((column, c) => {
        const room = c === 0 || c === last ? roomForNames(column) : 0;
        const parts = Math.ceil(column.length / rows);
        const left = x + (c === 0 ? room : 0);
        const apart = 2 * NEURON.radius + NEURON.between + room;
        x = left + (parts - 1) * apart + (c === last ? room + NEURON.margin : NEURON.across);
        return column.map((neuron, i) => {
            const part = Math.floor(i / rows);
            const inPart = Math.min(rows, column.length - part * rows);
            const down = (i % rows) - (inPart - 1) / 2;
            return [left + part * apart, network.height / 2 + down * NEURON.down - 8];
        });
    });
    network.width = x;
    return places;
}

// How wide the longest name beside a neuron is.
function roomForNames(column) {
    const longest = Math.max(...column.map(({ name }) => Math.min(name.length, NAMED.beside)));
    return longest * NAMED.character;
}

// The name of a neuron: of inputs at the left, of outputs at the right, of others inside if it is short.
function neuronName(name, column, last) {
    if (column > 0 && column < last) {
        return name.length > NAMED.inside ? [] : [text(0, -10, "inside", name)];
    }
    const away = (NEURON.radius + 7) * (column === 0 ? -1 : 1);
    return [text(away, 4.5, column === 0 ? "beside end" : "beside", shorten(name, NAMED.beside))];
}

function neuronElement(neuron, [x, y]) {
    const kind = neuron.sum === null ? "input" : "unit";
    const circle = shape("circle", { r: NEURON.radius, class: "frame" });
    const level = shape("circle", { r: NEURON.radius, class: "level" });
    const value = text(0, 4.5, "value plain");
    const delta = text(0, NEURON.radius + 17, "gradient plain");
    const group = shape("g", { class: `node neuron ${kind}`, transform: `translate(${x} ${y})` });
    group.append(circle, level, value, delta);
    const node = neuron.sum ?? neuron.output;
    const size = 2 * NEURON.radius;
    const made = { group, x, y, width: size, height: size + 40, node, act: () => select(node) };
    makeStop(made);
    return Object.assign(made, { level, value, delta, neuron });
}

function networkInputs() {
    return data.network.columns[0].map((input) => input.output);
}

// The darker a neuron, the larger its output, compared with those of its column.
function levels() {
    return data.network.columns.flatMap((column) => {
        const sizes = column.map((neuron) => Math.abs(model.values[neuron.output]));
        const largest = column.length > 1 ? Math.max(...sizes) : Math.max(...sizes, 1);
        return sizes.map((size) => size / largest || 0);
    });
}

function refreshNetwork() {
    const lit = model.lit === null ? null : onPathsFrom(model.lit);
    const shares = levels();
    for (const [i, { group, level, value, delta, neuron }] of network.neurons.entries()) {
        const known = hasValue(neuron.output);
        level.setAttribute("opacity", known ? (DARKEST * shares[i]).toFixed(3) : 0);
        const { sum } = neuron;
        value.textContent = known ? format(model.values[neuron.output], 3) : "·";
        const shown = sum !== null && hasGradient(sum);
        delta.textContent = shown ? `δ ${format(model.gradients[sum], 3)}` : "";
        delta.setAttribute("class", `gradient plain ${signOf(shown ? model.gradients[sum] : 0)}`);
        const now = playback.node !== null && (playback.node === neuron.output || playback.node === sum);
        group.classList.toggle("pending", !known);
        group.classList.toggle("now", now);
        group.classList.toggle("selected", model.selected === (sum ?? neuron.output));
        group.classList.toggle("dim", lit !== null && !lit.has(sum ?? neuron.output));
        const name = sum === null ? nameOf(neuron.output) : `neuron ${nameOf(sum)}`;
        const spokenDelta = shown ? `, delta ${format(model.gradients[sum], 3)}` : "";
        group.setAttribute("aria-label", `${name}, output ${value.textContent}${spokenDelta}`);
    }
    for (const { line, title, label, weight, from, to } of network.weights) {
        const x = model.values[weight];
        const size = Math.abs(x);
        line.setAttribute("class", `weight ${signOf(x)}`);
        line.setAttribute("stroke-width", (0.8 + (5 * size) / (1 + size)).toFixed(2));
        line.classList.toggle("pending", !hasValue(to.sum));
        line.classList.toggle("idle", model.values[from.output] === 0);
        const off = lit !== null && !(lit.has(to.sum) && (lit.has(from.output) || lit.has(weight)));
        line.classList.toggle("dim", off);
        label?.classList.toggle("dim", off);
        line.classList.toggle("backward", !playback.forward && playback.node === weight);
        if (label) {
            label.textContent = format(x, 2);
        }
        const gradient = hasGradient(weight) ? `, gradient ${format(model.gradients[weight])}` : "";
        title.textContent = `${nameOf(weight)} = ${format(x)}${gradient}`;
    }
}

function showNetwork() {
    viewport.replaceChildren(
        ...network.weights.map((weight) => weight.line),
        ...network.weights.map((weight) => weight.label).filter(Boolean),
        ...network.neurons.map((neuron) => neuron.group),
    );
    setStops(network.neurons);
    fit(network.width, network.height);
}
